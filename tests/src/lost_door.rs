//! A door that was taken over: the harness starts the signer's own vault as
//! its supervisor would, and keeps the other end of the hop for itself.

use std::io::{IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use frame::channel::{MESSAGE_BYTES_MAX, Message, VaultPart};
use frame::hop::{ANSWER_BYTES_MAX, Asked, HEAD_BYTES, Number, Proof, Question, Reply, length};
use frame::{Epoch, RequestHash, RequestKey};
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags,
    SocketType, socketpair,
};

use crate::desk::Desk;
use crate::process::{PATIENCE, wait};

/// The signer's vault, without its supervisor and its door.
pub struct Vault {
    child: Child,
    channel: OwnedFd,
}

impl Vault {
    /// Starts it on the desk's journal, with these callers by name and role;
    /// the second part is its first door's end of the hop.
    pub fn start(desk: &Desk, callers: &[(&str, &str)]) -> (Self, Hop) {
        let (channel, theirs) = pair(SocketType::SEQPACKET);
        let log = std::fs::File::create(desk.file("vault.log")).expect("the folder is ours");
        let child = Command::new(&desk.bins.vault)
            .current_dir(&desk.folder)
            .args(["--as-vault", env!("CARGO_PKG_VERSION")])
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("it was built");
        let vault = Self { child, channel };
        let path = |name: &str| name.as_bytes().to_vec();
        let roles = callers.iter();
        let part = VaultPart {
            journal: path("journal.sqlite"),
            sealed_key: path("wallet.sealed"),
            credential: Vec::new(),
            callers: path("callers"),
            roles: roles
                .map(|(name, role)| ((*name).to_owned(), (*role).to_owned()))
                .collect(),
            questions_per_second: 100_000,
            reserve_bytes: 16 * 1024 * 1024,
        };
        vault.tell(&Message::Vault(part), &[]);
        assert_eq!(vault.hear(), Some(Message::Ready));
        // What an earlier signer of this desk left.
        std::fs::remove_file(desk.file("signer.sock")).expect("one was here");
        let control = UnixListener::bind(desk.file("signer.sock")).expect("the folder is ours");
        let (hop, theirs) = hop();
        vault.tell(&Message::Begin, &[control.as_fd(), theirs.as_fd()]);
        assert_eq!(vault.hear(), Some(Message::Begun));
        (vault, hop)
    }

    /// Gives it another door, and returns that one's end.
    pub fn another_hop(&self) -> Hop {
        let (hop, theirs) = hop();
        self.tell(&Message::Hop, &[theirs.as_fd()]);
        hop
    }

    /// Waits until it gives a door up; which one, and why.
    pub fn lost(&self) -> (u64, String) {
        match self.hear() {
            Some(Message::Lost { hop, why }) => (hop, why),
            other => panic!("a door is given up: {other:?}"),
        }
    }

    /// Has it end as at a clean stop.
    pub fn stop(mut self) -> ExitStatus {
        self.tell(&Message::Stop, &[]);
        wait(&mut self.child)
    }

    /// Leaves it alone, as a supervisor that is gone; its exit code.
    pub fn leave(mut self) -> Option<i32> {
        let (ours, _theirs) = pair(SocketType::SEQPACKET);
        drop(std::mem::replace(&mut self.channel, ours));
        wait(&mut self.child).code()
    }

    fn tell(&self, message: &Message, beside: &[BorrowedFd<'_>]) {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !beside.is_empty() {
            assert!(control.push(SendAncillaryMessage::ScmRights(beside)));
        }
        let packet = message.to_bytes();
        let sent = rustix::net::sendmsg(
            &self.channel,
            &[IoSlice::new(&packet)],
            &mut control,
            SendFlags::NOSIGNAL,
        );
        sent.expect("it is there");
    }

    /// Its next word; nothing if it is gone.
    fn hear(&self) -> Option<Message> {
        rustix::net::sockopt::set_socket_timeout(
            &self.channel,
            rustix::net::sockopt::Timeout::Recv,
            Some(PATIENCE),
        )
        .expect("a timeout");
        let mut packet = vec![0; MESSAGE_BYTES_MAX];
        let mut into = [IoSliceMut::new(&mut packet)];
        let mut none = rustix::net::RecvAncillaryBuffer::default();
        let heard = rustix::net::recvmsg(&self.channel, &mut into, &mut none, RecvFlags::empty());
        let count = heard.expect("it says something in time").bytes;
        (count > 0).then(|| Message::parse(&packet[..count]).expect("a word of ours"))
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn pair(kind: SocketType) -> (OwnedFd, OwnedFd) {
    socketpair(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None).expect("two ends")
}

fn hop() -> (Hop, UnixStream) {
    let (ours, theirs) = UnixStream::pair().expect("two ends");
    ours.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    (Hop(ours), theirs)
}

/// A door's end of the hop.
pub struct Hop(UnixStream);

impl Hop {
    /// Sends any bytes.
    pub fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("it is there");
    }

    /// Asks for figures, and reads none, until the vault has had enough.
    pub fn flood(mut self) -> JoinHandle<()> {
        std::thread::spawn(move || {
            let frames = (1..).map(|number| Question::Metrics.frame(number));
            for frame in frames.map(|frame| frame.expect("short enough")) {
                if self.0.write_all(&frame).is_err() {
                    return;
                }
            }
        })
    }

    /// The next answer, and to which number.
    pub fn hear(&mut self) -> (Number, Reply) {
        let mut head = [0; HEAD_BYTES];
        self.0.read_exact(&mut head).expect("an answer");
        let mut body = vec![0; length(head, ANSWER_BYTES_MAX).expect("no longer")];
        self.0.read_exact(&mut body).expect("an answer");
        Reply::parse(&body).expect("an answer")
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, number: Number, question: &Question) -> Reply {
        self.send(&question.frame(number).expect("short enough"));
        let (answered, reply) = self.hear();
        assert_eq!(answered, number);
        reply
    }

    /// Whether the vault closed it.
    pub fn is_closed(&mut self) -> bool {
        matches!(self.0.read(&mut [0]), Ok(0) | Err(_))
    }
}

/// An honest caller, whose words the door carries.
pub struct Caller {
    name: String,
    key: RequestKey,
    epoch: Epoch,
    counter: u64,
}

impl Caller {
    /// Whoever holds this key, before any epoch.
    pub fn new(name: &str, key: [u8; 32]) -> Self {
        Self {
            name: name.to_owned(),
            key: RequestKey::new(key),
            epoch: [0; 16],
            counter: 0,
        }
    }

    /// Opens an epoch through this door.
    pub fn hello(&mut self, hop: &mut Hop, number: Number) {
        let challenge = crate::keys::random();
        let hello = Question::Hello {
            caller: self.name.clone(),
            challenge,
            mac: self.key.prover().hello(&self.name, &challenge),
        };
        let Reply::Welcome { epoch, mac } = hop.ask(number, &hello) else {
            panic!("a hello that was proven is welcome")
        };
        assert_eq!(
            mac,
            self.key.prover().welcome(&self.name, &challenge, &epoch)
        );
        (self.epoch, self.counter) = (epoch, 0);
    }

    /// The next question, proven, and the hash that its answer must name.
    pub fn prove(&mut self, asked: Asked) -> (Question, RequestHash) {
        self.counter += 1;
        let (mac, hash) = asked.framed(|ask| {
            self.key
                .prover()
                .ask(&self.name, &self.epoch, self.counter, ask)
        });
        let proof = Proof {
            epoch: self.epoch,
            counter: self.counter,
            mac,
        };
        let caller = self.name.clone();
        let question = Question::Proven {
            caller,
            proof,
            asked,
        };
        (question, hash)
    }

    /// Whether it believes that `reply` answers the question with this hash.
    pub fn believes(&self, hash: &RequestHash, reply: &Reply) -> bool {
        match reply {
            Reply::Proven { answer, mac } => self.key.prover().answer(hash, answer) == *mac,
            Reply::Welcome { .. } | Reply::Unproven(_) | Reply::Text(_) | Reply::Failed => false,
        }
    }
}
