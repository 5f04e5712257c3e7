//! The vault's loop: it waits for three sockets at once, and for nothing else.
//!
//! Invariant: whatever a door sends, does not send or does not read, the
//! operator is heard, leases end on time, and the vault does not end for it.
//! Without its supervisor it ends.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use frame::channel::Message;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::Vault;
use super::fault::Fault;
use super::hand::Hand;
use super::hop::Hop;
use super::seam::Call;
use crate::clock;
use child::channel::Channel;

/// The most requests taken into one transaction. A longer batch would make
/// its first caller wait for the signatures of its last.
const BATCH_MAX: usize = 64;
/// How long the vault rests at most: windows close and leases end on time.
const REST_MS: u16 = 1_000;

/// Everyone that the vault listens to.
pub(super) struct Sockets {
    channel: Channel,
    hand: Hand,
    hop: Option<Hop>,
    /// How many doors there were.
    hops: u64,
    /// Freezes of doors that are gone.
    left: Vec<Call>,
    /// When whoever is late was last looked for.
    looked_ms: u64,
}

/// Who has something to say.
struct Ready {
    channel: bool,
    door: Door,
    hand: bool,
}

/// How the door is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    Quiet,
    /// It asks, or takes its answers again.
    There,
    HungUp,
}

impl Sockets {
    /// The sockets of a vault that begins, with its first door.
    pub(super) fn new(channel: Channel, control: OwnedFd, hop: OwnedFd) -> std::io::Result<Self> {
        Ok(Self {
            channel,
            hand: Hand::new(control)?,
            hop: Some(Hop::new(hop)?),
            hops: 1,
            left: Vec::new(),
            looked_ms: 0,
        })
    }

    /// Waits until someone has something to say, or for a rest.
    fn wait(&self) -> Result<Ready, Fault> {
        let mut waits: Vec<(BorrowedFd<'_>, PollFlags)> =
            vec![(self.channel.as_fd(), PollFlags::POLLIN)];
        let hops = self.hop.iter().map(|hop| (hop.as_fd(), hop.events()));
        waits.extend(hops);
        let before_hand = waits.len();
        waits.extend(self.hand.waits());
        let mut polled: Vec<_> = waits
            .into_iter()
            .map(|(fd, events)| PollFd::new(fd, events))
            .collect();
        let is_asked = self.hop.as_ref().is_some_and(Hop::is_asked);
        let rest = if is_asked || !self.left.is_empty() {
            PollTimeout::ZERO
        } else {
            PollTimeout::from(REST_MS)
        };
        match poll(&mut polled, rest) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(e) => return Err(Fault::Channel(e.into())),
        }
        let events = |place: usize| polled.get(place).and_then(PollFd::revents);
        let any = |place| events(place).is_some_and(|events| !events.is_empty());
        let gone = PollFlags::POLLHUP | PollFlags::POLLERR;
        let door = match events(1).filter(|_| before_hand > 1) {
            Some(events) if events.intersects(gone) => Door::HungUp,
            Some(events) if !events.is_empty() => Door::There,
            Some(_) | None => Door::Quiet,
        };
        Ok(Ready {
            channel: any(0),
            door,
            hand: (before_hand..polled.len()).any(any),
        })
    }

    /// Hears everyone who is ready, and whether it is time to stop.
    fn hear(&mut self, ready: &Ready, now_ms: u64) -> Result<(Vec<Call>, bool), Fault> {
        let stop = ready.channel && self.is_told_to_stop(now_ms)?;
        let late = now_ms.saturating_sub(self.looked_ms) >= u64::from(REST_MS);
        if late {
            self.looked_ms = now_ms;
        }
        let mut calls = Vec::new();
        if ready.hand || late {
            calls = self.hand.hear(now_ms);
        }
        let heard = match (&mut self.hop, ready.door) {
            (Some(_), Door::HungUp) => Err("it hung up".to_owned()),
            (Some(hop), Door::There) => hop.hear(now_ms),
            (Some(hop), Door::Quiet) if late => hop.hear(now_ms),
            (Some(_) | None, _) => Ok(()),
        };
        if let Err(why) = heard {
            self.lose(&why, now_ms);
        }
        let room = BATCH_MAX.saturating_sub(calls.len());
        calls.extend(self.left.drain(..room.min(self.left.len())));
        if let Some(hop) = &mut self.hop {
            calls.extend(hop.draw(BATCH_MAX.saturating_sub(calls.len())));
        }
        Ok((calls, stop))
    }

    /// Sends the answers there are.
    fn answer(&mut self, now_ms: u64) {
        self.hand.answer(now_ms);
        if let Some(hop) = &mut self.hop
            && let Err(why) = hop.answer(now_ms)
        {
            self.lose(&why, now_ms);
        }
    }

    /// Gives a door up. It asks nothing any more, and another one may come.
    fn lose(&mut self, why: &str, now_ms: u64) {
        self.leave(now_ms);
        tracing::info!("DOOR {why}; it is not heard any more");
        let lost = Message::Lost {
            hop: self.hops,
            why: why.to_owned(),
        };
        if let Err(e) = self.channel.send(&lost, &[]) {
            tracing::warn!(error = %e, "the supervisor is not told");
        }
    }

    /// Leaves the door there was, if there was one, and keeps its freezes.
    fn leave(&mut self, now_ms: u64) {
        let hop = self.hop.take();
        let freezes = hop.map(|hop| hop.last_freezes(now_ms));
        self.left.extend(freezes.unwrap_or_default());
    }

    /// Takes what the supervisor sent.
    fn is_told_to_stop(&mut self, now_ms: u64) -> Result<bool, Fault> {
        let (message, mut beside) = self
            .channel
            .receive()
            .map_err(Fault::Channel)?
            .ok_or(Fault::Alone)?;
        match (message, beside.pop()) {
            (Message::Stop, None) => Ok(true),
            (Message::Hop, Some(socket)) => {
                self.leave(now_ms);
                self.hop = Some(Hop::new(socket).map_err(Fault::Channel)?);
                self.hops = self.hops.saturating_add(1);
                tracing::info!(hop = self.hops, "another door");
                Ok(false)
            }
            _ => Err(Fault::Alone),
        }
    }
}

impl Vault {
    /// Serves until it is told to stop, or until a fault.
    ///
    /// # Errors
    ///
    /// A fault ends the vault: what memory holds may no longer be what the
    /// disk holds, and only a restart reads the disk again.
    pub(super) fn run(mut self, mut sockets: Sockets) -> Result<(), Fault> {
        let mut served_ms = 0;
        loop {
            let ready = sockets.wait()?;
            let reading = clock::read().ok_or(Fault::Clock)?;
            let now_ms = reading.raw_ms;
            let (calls, stop) = sockets.hear(&ready, now_ms)?;
            let is_due = now_ms.saturating_sub(served_ms) >= u64::from(REST_MS);
            if !calls.is_empty() || is_due {
                served_ms = now_ms;
                let served = self.serve(calls, reading);
                // Also after a fault: whoever waited is told that there is no answer.
                sockets.answer(now_ms);
                served?;
            } else {
                sockets.answer(now_ms);
            }
            if stop {
                return self.end();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::net::{UnixListener, UnixStream};

    use frame::hop::{Asked, Proof, Question};

    use super::*;

    /// A vault's sockets, and its door's end of the hop.
    fn sockets(folder: &std::path::Path) -> (Sockets, UnixStream, OwnedFd) {
        let (channel, supervisor) = Channel::pair().unwrap();
        let control = UnixListener::bind(folder.join("control")).unwrap();
        let (door, hop) = UnixStream::pair().unwrap();
        let sockets = Sockets::new(channel, control.into(), hop.into()).unwrap();
        (sockets, door, supervisor)
    }

    fn ask(door: &mut UnixStream, number: u64, asked: Asked) {
        let question = Question::Proven {
            caller: "bot".to_owned(),
            proof: Proof {
                epoch: [0; 16],
                counter: number,
                mac: [0; 32],
            },
            asked,
        };
        door.write_all(&question.frame(number).unwrap()).unwrap();
    }

    fn freezes(calls: &[Call]) -> Vec<bool> {
        calls.iter().map(|call| call.request.is_freeze()).collect()
    }

    #[test]
    fn a_freeze_outlives_the_door_that_brought_it() {
        let folder = tempfile::tempdir().unwrap();
        let (mut sockets, mut door, _supervisor) = sockets(folder.path());
        ask(&mut door, 1, Asked::Status);
        ask(&mut door, 2, Asked::Freeze("why".to_owned()));
        drop(door);
        let ready = sockets.wait().unwrap();
        let (calls, stop) = sockets.hear(&ready, 1).unwrap();
        assert_eq!((freezes(&calls), stop), (vec![true], false));
        assert!(!calls.iter().any(|call| call.reply.is_wanted()));
        assert!(sockets.hop.is_none() && sockets.left.is_empty());
    }

    #[test]
    fn a_freeze_that_was_given_up_is_drawn_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let (mut sockets, mut door, _supervisor) = sockets(folder.path());
        ask(&mut door, 1, Asked::Status);
        ask(&mut door, 2, Asked::Freeze("why".to_owned()));
        for number in [1, 2] {
            door.write_all(&Question::GiveUp.frame(number).unwrap())
                .unwrap();
        }
        let ready = sockets.wait().unwrap();
        let (calls, _) = sockets.hear(&ready, 1).unwrap();
        assert_eq!(
            freezes(&calls),
            Vec::<bool>::new(),
            "not while it does not read"
        );
        sockets.answer(1);
        let ready = sockets.wait().unwrap();
        let (calls, _) = sockets.hear(&ready, 1).unwrap();
        assert_eq!(freezes(&calls), [true]);
    }

    #[test]
    fn a_door_that_never_stops_talking_is_left_for_the_next_round() {
        let folder = tempfile::tempdir().unwrap();
        let (mut sockets, mut door, _supervisor) = sockets(folder.path());
        let talking = std::thread::spawn(move || {
            let frames = Question::GiveUp.frame(9).unwrap().repeat(10_000);
            while door.write_all(&frames).is_ok() {}
        });
        for now_ms in 1..4 {
            let ready = sockets.wait().unwrap();
            let (calls, stop) = sockets.hear(&ready, now_ms).unwrap();
            assert!(calls.is_empty() && !stop);
        }
        drop(sockets);
        talking.join().unwrap();
    }
}
