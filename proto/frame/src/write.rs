//! Writing frames: fixed widths, big endian, lengths before what has none.

use alloc::vec::Vec;

/// A frame being written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// A frame that begins with `label`, which names what it is and its version.
    #[must_use]
    pub fn new(label: &str) -> Self {
        let mut writer = Self(Vec::with_capacity(512));
        writer.text(label);
        writer
    }

    /// A frame that something else names.
    #[must_use]
    pub fn unlabelled() -> Self {
        Self(Vec::with_capacity(512))
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    /// Two bytes.
    pub fn u16(&mut self, value: u16) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    /// Four bytes.
    pub fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    /// Eight bytes.
    pub fn u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    /// Bytes whose number the frame's kind fixes.
    pub fn fixed<const N: usize>(&mut self, bytes: &[u8; N]) {
        self.0.extend_from_slice(bytes);
    }

    /// Bytes of any number: eight bytes of length, then themselves.
    pub fn bytes(&mut self, bytes: &[u8]) {
        // No slice is longer than 2^64.
        self.u64(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.0.extend_from_slice(bytes);
    }

    /// Text of any length.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// A value that may be absent: 0, or 1 and the value.
    pub fn optional(&mut self, value: Option<u64>) {
        match value {
            None => self.u8(0),
            Some(value) => {
                self.u8(1);
                self.u64(value);
            }
        }
    }

    /// What was written, with the four bytes of its length before it; nothing
    /// if that is more than `max`.
    #[must_use]
    pub fn framed(&self, max: u32) -> Option<Vec<u8>> {
        let length = u32::try_from(self.0.len()).ok().filter(|n| *n <= max)?;
        let mut out = Vec::with_capacity(self.0.len().saturating_add(4));
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&self.0);
        Some(out)
    }

    /// What was written.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
