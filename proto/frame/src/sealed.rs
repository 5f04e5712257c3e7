//! The header of a sealed key: everything about it but the key.
//!
//! A sealed key is the header and then 32 bytes of AES-256-GCM ciphertext, or 52
//! with the secret of a second factor behind the key, and its tag. The header and the journal's id are its associated data, so a blob
//! cannot be moved to another wallet, generation, journal or set of parameters.
//!
//! Invariant: one header has one spelling.

use alloc::vec::Vec;
use core::fmt;

use order::Address;

const MAGIC: &[u8; 24] = b"countersign/sealed/v1\n\0\0";
const HEADER_BYTES: usize = 24 + 20 + 16 + 4 + 4 + 4 + 4 + 16 + 12;
/// Ciphertext and tag.
const BOX_BYTES: usize = 32 + 16;
/// The secret of the second factor that an export asks for (RFC 6238).
pub const TOTP_BYTES: usize = 20;
/// The whole file, without such a secret.
pub const SEALED_BYTES: usize = HEADER_BYTES + BOX_BYTES;
/// The same with it.
pub const SEALED_BYTES_MAX: usize = SEALED_BYTES + TOTP_BYTES;

/// How the sealing key is derived (Argon2id, RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kdf {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Kdf {
    /// What new seals use: 256 MiB, three passes, one lane.
    pub const TODAY: Self = Self {
        memory_kib: 256 * 1024,
        passes: 3,
        lanes: 1,
    };
    /// No weaker seal is opened, and none that would take a machine down.
    const MEMORY_KIB: core::ops::RangeInclusive<u32> = 64 * 1024..=4 * 1024 * 1024;
    const PASSES: core::ops::RangeInclusive<u32> = 3..=32;
    const LANES: core::ops::RangeInclusive<u32> = 1..=8;

    fn is_sound(self) -> bool {
        Self::MEMORY_KIB.contains(&self.memory_kib)
            && Self::PASSES.contains(&self.passes)
            && Self::LANES.contains(&self.lanes)
    }
}

/// Everything about a sealed key but the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Whose key it is.
    pub address: Address,
    /// Random, of this key.
    pub key_id: [u8; 16],
    /// 1 for the first; each rotation is the next.
    pub generation: u32,
    /// How the sealing key is derived.
    pub kdf: Kdf,
    /// Fresh for each seal.
    pub salt: [u8; 16],
    /// Fresh for each seal.
    pub nonce: [u8; 12],
}

/// A header that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderError {
    /// Not a sealed key of this edition.
    Shape,
    /// Derivation parameters outside what is opened.
    Kdf,
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => "it is not a sealed key of this edition; import the key again",
            Self::Kdf => "its derivation parameters are out of bounds; import the key again",
        })
    }
}

impl Header {
    /// Its bytes at the start of the file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(SEALED_BYTES);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(self.address.as_slice());
        out.extend_from_slice(&self.key_id);
        for number in [
            self.generation,
            self.kdf.memory_kib,
            self.kdf.passes,
            self.kdf.lanes,
        ] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(&self.salt);
        out.extend_from_slice(&self.nonce);
        out
    }

    /// Reads a whole sealed file: the header, and the box behind it.
    ///
    /// # Errors
    ///
    /// [`HeaderError`], also for a file of another length.
    pub fn split(file: &[u8]) -> Result<(Self, &[u8]), HeaderError> {
        let (mut rest, sealed) = file
            .split_at_checked(HEADER_BYTES)
            .filter(|_| [SEALED_BYTES, SEALED_BYTES_MAX].contains(&file.len()))
            .ok_or(HeaderError::Shape)?;
        let magic = take::<24>(&mut rest)?;
        let header = Self {
            address: Address::from(take::<20>(&mut rest)?),
            key_id: take(&mut rest)?,
            generation: u32::from_be_bytes(take(&mut rest)?),
            kdf: Kdf {
                memory_kib: u32::from_be_bytes(take(&mut rest)?),
                passes: u32::from_be_bytes(take(&mut rest)?),
                lanes: u32::from_be_bytes(take(&mut rest)?),
            },
            salt: take(&mut rest)?,
            nonce: take(&mut rest)?,
        };
        if &magic != MAGIC || header.generation == 0 {
            return Err(HeaderError::Shape);
        }
        if !header.kdf.is_sound() {
            return Err(HeaderError::Kdf);
        }
        Ok((header, sealed))
    }

    /// What the box is bound to, beside its bytes.
    #[must_use]
    pub fn associated_data(&self, journal_id: &[u8; 16]) -> Vec<u8> {
        let mut data = self.to_bytes();
        data.extend_from_slice(journal_id);
        data
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], HeaderError> {
    let (head, tail) = rest.split_first_chunk::<N>().ok_or(HeaderError::Shape)?;
    *rest = tail;
    Ok(*head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            address: Address::repeat_byte(0xab),
            key_id: [1; 16],
            generation: 1,
            kdf: Kdf::TODAY,
            salt: [2; 16],
            nonce: [3; 12],
        }
    }

    fn file(header: &Header) -> Vec<u8> {
        let mut file = header.to_bytes();
        file.extend_from_slice(&[9; BOX_BYTES]);
        file
    }

    #[test]
    fn a_header_comes_back_as_it_was() {
        let file = file(&header());
        assert_eq!(file.len(), SEALED_BYTES);
        assert_eq!(Header::split(&file), Ok((header(), &[9; BOX_BYTES][..])));
        let longer = [&file[..], &[8; TOTP_BYTES]].concat();
        assert_eq!(longer.len(), SEALED_BYTES_MAX);
        assert_eq!(Header::split(&longer).unwrap().1.len(), BOX_BYTES + 20);
    }

    #[test]
    fn no_other_length_magic_or_generation_is_read() {
        let good = file(&header());
        for length in 0..good.len() {
            assert_eq!(
                Header::split(&good[..length]).unwrap_err(),
                HeaderError::Shape
            );
        }
        let mut long = good.clone();
        long.push(0);
        assert_eq!(Header::split(&long).unwrap_err(), HeaderError::Shape);
        let mut other = good;
        other[0] ^= 1;
        assert_eq!(Header::split(&other).unwrap_err(), HeaderError::Shape);
        let none = Header {
            generation: 0,
            ..header()
        };
        assert_eq!(Header::split(&file(&none)).unwrap_err(), HeaderError::Shape);
    }

    #[test]
    fn derivation_parameters_have_both_their_edges() {
        let with = |memory_kib, passes, lanes| Kdf {
            memory_kib,
            passes,
            lanes,
        };
        for (kdf, sound) in [
            (with(65_535, 3, 1), false),
            (with(65_536, 3, 1), true),
            (with(4_194_304, 32, 8), true),
            (with(4_194_305, 3, 1), false),
            (with(65_536, 2, 1), false),
            (with(65_536, 33, 1), false),
            (with(65_536, 3, 0), false),
            (with(65_536, 3, 9), false),
        ] {
            let read = Header::split(&file(&Header { kdf, ..header() })).map(|_| ());
            assert_eq!(read.is_ok(), sound, "{kdf:?}");
        }
    }

    /// M100: a sealed key opens under its own header and journal alone.
    #[test]
    fn the_box_is_bound_to_header_and_journal() {
        let data = header().associated_data(&[4; 16]);
        assert_ne!(data, header().associated_data(&[5; 16]));
        assert_ne!(
            data,
            Header {
                generation: 2,
                ..header()
            }
            .associated_data(&[4; 16])
        );
    }
}
