//! What a question and its answer cost on a pair of sockets between two
//! threads: the least that a hop between two processes can.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use crate::clock;

/// About what a question for an order and its answer weigh, bytes.
pub(crate) const QUESTION: usize = 512;
pub(crate) const ANSWER: usize = 512;

/// How long each of `count` questions waited for its answer, nanoseconds. The
/// other thread runs where the caller may run.
pub(crate) fn ping_pong(count: usize) -> Result<Vec<u64>, String> {
    let told = |e: std::io::Error| format!("socketpair: {e}");
    let (mut here, mut there) = UnixStream::pair().map_err(told)?;
    let other = std::thread::spawn(move || {
        let mut question = [0; QUESTION];
        for _ in 0..count {
            there.read_exact(&mut question)?;
            there.write_all(&[1; ANSWER])?;
        }
        Ok::<_, std::io::Error>(())
    });
    let mut answer = [0; ANSWER];
    let mut one = || {
        let began = clock::now();
        here.write_all(&[1; QUESTION])?;
        here.read_exact(&mut answer)?;
        Ok(clock::ns_since(began))
    };
    let waited = (0..count).map(|_| one()).collect::<Result<_, _>>();
    let waited = waited.map_err(told)?;
    match other.join() {
        Ok(done) => done.map_err(told).map(|()| waited),
        Err(_) => Err("socketpair: the other thread panicked".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_question_has_its_answer() {
        let waited = ping_pong(100).expect("a pair of sockets");
        assert_eq!(waited.len(), 100);
        assert!(waited.iter().all(|ns| *ns > 0));
    }
}
