//! `bench floor`: what stands behind the echo's door when the least that a
//! recorded order can cost is asked for in one way. For each question, one after
//! the other: a page written and synced, an order's digest signed and checked, and
//! an Ed25519 signature, which an answer could carry.
//!
//! The same parts apart are each measured with everything they need still in the
//! processor's caches; here, as in the signer, each finds there what the others left.

use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use order::B256;
use ring::signature::Ed25519KeyPair;

use crate::disk::Disk;
use crate::hop::{ANSWER, QUESTION};

/// Starts one that writes in `folder`; the way to it.
pub(crate) fn start(folder: &Path) -> Result<(Child, UnixStream), String> {
    let told = |e: std::io::Error| format!("floor: {e}");
    let (here, there) = UnixStream::pair().map_err(told)?;
    let me = std::env::current_exe().map_err(told)?;
    let mut command = Command::new(me);
    command.arg("floor").arg(folder);
    command.stdin(Stdio::from(OwnedFd::from(there)));
    Ok((command.spawn().map_err(told)?, here))
}

/// Answers on the socket in the place of its input until that is closed.
pub(crate) fn run(folder: &Path) -> Result<(), String> {
    let told = |e: std::io::Error| format!("floor: {e}");
    let input = std::io::stdin().as_fd().try_clone_to_owned();
    let mut hop = UnixStream::from(input.map_err(told)?);
    let mut floor = Floor::new(folder)?;
    let mut question = [0; QUESTION];
    loop {
        match hop.read_exact(&mut question) {
            Ok(()) => {}
            Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(e) => return Err(told(e)),
        }
        let answer = floor.answer()?;
        hop.write_all(&answer).map_err(told)?;
    }
}

struct Floor {
    disk: Disk,
    address: order::Address,
    pair: Ed25519KeyPair,
    asked: u64,
}

impl Floor {
    fn new(folder: &Path) -> Result<Self, String> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[0x42; 32]);
        Ok(Self {
            disk: Disk::new(folder)?,
            address: curve::address(),
            pair: pair.map_err(|e| format!("Ed25519: {e}"))?,
            asked: 0,
        })
    }

    /// Everything once, for the next question.
    fn answer(&mut self) -> Result<[u8; ANSWER], String> {
        self.asked += 1;
        let mut digest = B256::repeat_byte(0x5a);
        digest[..8].copy_from_slice(&self.asked.to_be_bytes());
        self.disk.sync()?;
        let signature = curve::sign_and_check(&digest, self.address);
        let mut answer = [0; ANSWER];
        answer[..32].copy_from_slice(&signature.r);
        answer[32..64].copy_from_slice(&signature.s);
        let signed = self.pair.sign(&answer[..64]);
        answer[64..128].copy_from_slice(signed.as_ref());
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, KeyPair, UnparsedPublicKey};

    use super::*;

    #[test]
    fn no_two_answers_are_one_and_each_is_signed() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut floor = Floor::new(folder.path()).expect("a floor");
        let answers = [floor.answer(), floor.answer()].map(|answer| answer.expect("an answer"));
        assert_ne!(answers[0], answers[1]);
        let public = UnparsedPublicKey::new(&ED25519, *floor.pair.public_key());
        for answer in answers {
            public
                .verify(&answer[..64], &answer[64..128])
                .expect("it is signed");
        }
    }
}
