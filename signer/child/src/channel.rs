//! One end of the socket between the supervisor and a child: whole messages,
//! with descriptors beside them.
//!
//! Invariant: a child is started with this one descriptor, as its standard
//! input; whatever else it has to hold arrives here.

use std::ffi::CStr;
use std::fs::File;
use std::io::{Error, ErrorKind, IoSlice, IoSliceMut, Result};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use frame::channel::{MESSAGE_BYTES_MAX, Message};
use nix::sys::prctl::{set_name, set_pdeathsig};
use nix::sys::signal::{SigSet, Signal};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags,
    SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
};

/// What the supervisor alone acts on. A service manager or a terminal sends
/// them to everyone.
pub const SIGNALS: [Signal; 3] = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP];
/// The most descriptors beside one message.
const DESCRIPTORS_MAX: usize = 3;

/// An end of the socket.
pub struct Channel(OwnedFd);

impl Channel {
    /// An end for the supervisor, and one for a child.
    ///
    /// # Errors
    ///
    /// The system makes no more sockets.
    pub fn pair() -> Result<(Self, OwnedFd)> {
        let (ours, theirs) = pair(SocketType::SEQPACKET)?;
        Ok((Self(ours), theirs))
    }

    /// Makes a process a child of ours: it ends with its supervisor, leaves
    /// every signal to it, goes by its name, and takes its end of the socket,
    /// which it was started with, out of where a program's input is.
    ///
    /// # Errors
    ///
    /// The system's; nobody started it with a socket.
    pub fn enter(name: &CStr) -> Result<Self> {
        SIGNALS.iter().copied().collect::<SigSet>().thread_block()?;
        set_pdeathsig(Signal::SIGKILL)?;
        set_name(name)?;
        let ours = std::io::stdin().as_fd().try_clone_to_owned()?;
        nix::unistd::dup2_stdin(File::open("/dev/null")?)?;
        Ok(Self(ours))
    }

    /// Sends `message`; it is not waited for a reader that lets others wait.
    ///
    /// # Errors
    ///
    /// The socket is full or gone, or more goes beside than may.
    pub fn send(&self, message: &Message, beside: &[BorrowedFd<'_>]) -> Result<()> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS_MAX))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !beside.is_empty() && !control.push(SendAncillaryMessage::ScmRights(beside)) {
            return Err(Error::new(ErrorKind::InvalidInput, "too many descriptors"));
        }
        let packet = message.to_bytes();
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        rustix::net::sendmsg(&self.0, &[IoSlice::new(&packet)], &mut control, flags)?;
        Ok(())
    }

    /// The same, to the supervisor.
    ///
    /// # Errors
    ///
    /// The same, in words.
    pub fn say(&self, message: &Message) -> std::result::Result<(), String> {
        let failed = |e| format!("the supervisor's socket failed: {e}");
        self.send(message, &[]).map_err(failed)
    }

    /// Waits for the word to begin, and for the descriptors that come with it.
    ///
    /// # Errors
    ///
    /// Another word, other descriptors, or a socket that failed.
    pub fn told_to_begin<T: TryFrom<Vec<OwnedFd>>>(&self) -> std::result::Result<T, String> {
        match self.receive() {
            Ok(Some((Message::Begin, beside))) => T::try_from(beside)
                .map_err(|_ignored| "the supervisor sent other descriptors".to_owned()),
            Ok(_) => Err("the supervisor says nothing of beginning".to_owned()),
            Err(e) => Err(format!("the supervisor's socket failed: {e}")),
        }
    }

    /// Waits for a message; `None` when the other side is gone.
    ///
    /// # Errors
    ///
    /// The socket failed, or what came is no message of ours.
    pub fn receive(&self) -> Result<Option<(Message, Vec<OwnedFd>)>> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS_MAX))];
        self.receive_into(RecvAncillaryBuffer::new(&mut space))
    }

    /// The same from whom nothing is taken but words.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn hear(&self) -> Result<Option<Message>> {
        let heard = self.receive_into(RecvAncillaryBuffer::default())?;
        Ok(heard.map(|(message, _)| message))
    }

    fn receive_into(
        &self,
        mut control: RecvAncillaryBuffer<'_>,
    ) -> Result<Option<(Message, Vec<OwnedFd>)>> {
        let mut packet = vec![0; MESSAGE_BYTES_MAX];
        let received = loop {
            let mut into = [IoSliceMut::new(&mut packet)];
            match rustix::net::recvmsg(&self.0, &mut into, &mut control, RecvFlags::CMSG_CLOEXEC) {
                Err(rustix::io::Errno::INTR) => {}
                // Whoever died with something unread.
                Err(rustix::io::Errno::CONNRESET) => return Ok(None),
                other => break other?,
            }
        };
        let mut beside = Vec::new();
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                beside.extend(descriptors);
            }
        }
        if received.bytes == 0 {
            return Ok(None);
        }
        let whole = !received
            .flags
            .intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC);
        let message = packet.get(..received.bytes).and_then(Message::parse);
        match message.filter(|_| whole) {
            Some(message) => Ok(Some((message, beside))),
            None => Err(Error::new(ErrorKind::InvalidData, "not a message of ours")),
        }
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Tells the supervisor why a child cannot begin, if it cannot.
///
/// # Errors
///
/// The problem, and why it could not be told.
pub fn told<T>(
    channel: &Channel,
    begun: std::result::Result<T, String>,
) -> std::result::Result<T, String> {
    begun.map_err(
        |problem| match channel.say(&Message::Refused(problem.clone())) {
            Ok(()) => problem,
            Err(also) => format!("{problem}; and {also}"),
        },
    )
}

/// Both ends of a new hop between door and vault.
///
/// # Errors
///
/// The system makes no more sockets.
pub fn hop() -> Result<(OwnedFd, OwnedFd)> {
    pair(SocketType::STREAM)
}

fn pair(kind: SocketType) -> Result<(OwnedFd, OwnedFd)> {
    Ok(rustix::net::socketpair(
        AddressFamily::UNIX,
        kind,
        SocketFlags::CLOEXEC,
        None,
    )?)
}
