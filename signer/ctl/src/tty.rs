//! A secret typed at a terminal: no echo, one buffer, wiped.
//!
//! Invariant: the terminal gets its echo back however the reading ends, short
//! of a kill. An interrupt is read as a byte, so it cannot end the process
//! while the echo is off.

use std::io::{Read, Stdin, Write};

use nix::sys::termios::{OutputFlags, SetArg, Termios, cfmakeraw, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::say::Refusal;

/// The longest secret that is typed or read from a descriptor.
pub(crate) const TYPED_BYTES_MAX: usize = 1024;

/// Standard input as the kernel gives it: `std`'s own keeps what it read in a
/// buffer that nobody wipes.
pub(crate) struct Unbuffered;

impl Read for Unbuffered {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        Ok(nix::unistd::read(std::io::stdin(), buffer)?)
    }
}

/// The terminal while it does not echo.
struct Quiet<'a> {
    stdin: &'a Stdin,
    before: Termios,
}

impl<'a> Quiet<'a> {
    fn new(stdin: &'a Stdin) -> nix::Result<Self> {
        let before = tcgetattr(stdin)?;
        let mut quiet = before.clone();
        cfmakeraw(&mut quiet);
        // What we print meanwhile still ends its lines properly.
        quiet.output_flags.insert(OutputFlags::OPOST);
        // What was typed before the question is not its answer.
        tcsetattr(stdin, SetArg::TCSAFLUSH, &quiet)?;
        Ok(Self { stdin, before })
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        if tcsetattr(self.stdin, SetArg::TCSADRAIN, &self.before).is_err() {
            say("\nthe terminal does not take its echo back; type: stty sane\n");
        }
    }
}

/// Asks `question` on standard error and reads one line without echo.
pub(crate) fn ask_secret(question: &str) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let broken = |problem: String| {
        Refusal::new(
            "TERMINAL",
            "input",
            problem,
            "give it by a descriptor instead",
        )
    };
    let stdin = std::io::stdin();
    let quiet = Quiet::new(&stdin).map_err(|e| broken(format!("cannot be made silent: {e}")))?;
    say(question);
    let mut line = Line::new();
    let ended = loop {
        let mut byte = Zeroizing::new([0_u8; 1]);
        match Unbuffered.read(byte.as_mut_slice()) {
            Ok(0) => break Typed::Given,
            Ok(_) => match line.take(byte.first().copied().unwrap_or_default()) {
                Typed::More => {}
                end @ (Typed::Given | Typed::Stopped | Typed::TooLong) => break end,
            },
            Err(e) => return Err(broken(format!("cannot be read: {e}"))),
        }
    };
    drop(quiet);
    say("\n");
    match ended {
        Typed::Given | Typed::More => Ok(line.0),
        Typed::Stopped => Err(broken("was interrupted".to_owned())),
        Typed::TooLong => Err(broken(format!("is longer than {TYPED_BYTES_MAX} bytes"))),
    }
}

/// Asks `question` on standard error and reads one line that is no secret.
pub(crate) fn ask(question: &str) -> Result<String, Refusal> {
    say(question);
    // A terminal gives one line at a time.
    let mut line = [0; 256];
    let read = Unbuffered.read(&mut line).map_err(|e| {
        Refusal::new(
            "TERMINAL",
            "input",
            format_args!("cannot be read: {e}"),
            "run it at a terminal",
        )
    })?;
    let line = String::from_utf8_lossy(line.get(..read).unwrap_or_default());
    Ok(line.trim().to_owned())
}

/// Says something on standard error. A terminal that is gone has no reader.
pub(crate) fn say(text: &str) {
    let mut err = std::io::stderr();
    drop(err.write_all(text.as_bytes()).and_then(|()| err.flush()));
}

/// What a byte did to the line.
#[derive(Debug, PartialEq, Eq)]
enum Typed {
    More,
    Given,
    Stopped,
    TooLong,
}

/// A line being typed, in a buffer that never grows.
struct Line(Zeroizing<Vec<u8>>);

impl Line {
    fn new() -> Self {
        Self(Zeroizing::new(Vec::with_capacity(TYPED_BYTES_MAX)))
    }

    fn take(&mut self, byte: u8) -> Typed {
        match byte {
            b'\r' | b'\n' => return Typed::Given,
            // ^C, ^D, ^\ and ^Z.
            0x03 | 0x04 | 0x1c | 0x1a => return Typed::Stopped,
            // Backspace takes a whole character, which UTF-8 may spread.
            0x08 | 0x7f => while self.0.pop().is_some_and(|gone| gone & 0xc0 == 0x80) {},
            // ^U takes all.
            0x15 => self.0.clear(),
            _ if self.0.len() >= TYPED_BYTES_MAX => return Typed::TooLong,
            _ => self.0.push(byte),
        }
        Typed::More
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(bytes: &[u8]) -> (Vec<u8>, Typed) {
        let mut line = Line::new();
        let mut end = Typed::More;
        for byte in bytes {
            end = line.take(*byte);
        }
        (line.0.to_vec(), end)
    }

    #[test]
    fn a_line_can_be_mended() {
        assert_eq!(typed(b"abc\x7fd\r"), (b"abd".to_vec(), Typed::Given));
        assert_eq!(typed("aü\x7f\n".as_bytes()), (b"a".to_vec(), Typed::Given));
        assert_eq!(typed(b"abc\x15x\n"), (b"x".to_vec(), Typed::Given));
        assert_eq!(typed(b"\x7f\n"), (Vec::new(), Typed::Given));
        assert_eq!(typed(b"ab\x03").1, Typed::Stopped);
    }

    #[test]
    fn a_line_has_an_edge_and_never_grows() {
        let mut line = Line::new();
        let room = line.0.capacity();
        for _ in 0..TYPED_BYTES_MAX {
            assert_eq!(line.take(b'a'), Typed::More);
        }
        assert_eq!(line.take(b'a'), Typed::TooLong);
        assert_eq!(line.0.capacity(), room);
    }
}
