//! One look at a program: every thread halted at a system call, then every
//! byte that root can read, and every register.
//!
//! A signature is made between two system calls, and while it is made its
//! nonce must stand somewhere. What this looks for is what is left of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use nix::sys::ptrace::{self, Options, regset};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::needles::{Class, Needles};

/// Kernel pages that no program writes to, and that nobody reads through `mem`.
const KERNELS: [&str; 3] = ["[vvar]", "[vvar_vclock]", "[vsyscall]"];
const CHUNK: usize = 1 << 20;
/// Longer than any needle: chunks overlap by this.
const OVERLAP: usize = 64;

/// What a look found.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) hits: BTreeMap<Class, usize>,
    /// Where, in words, and how often.
    pub(crate) places: BTreeMap<String, usize>,
    /// Regions that could not be read and are no secret memory.
    pub(crate) unreadable: Vec<String>,
    pub(crate) secret_pages: usize,
    pub(crate) bytes: u64,
    pub(crate) threads: usize,
}

impl Seen {
    pub(crate) fn of(&self, class: Class) -> usize {
        self.hits.get(&class).copied().unwrap_or(0)
    }

    /// Looks through `hay`, which stood at `place`.
    pub(crate) fn search(&mut self, needles: &Needles, hay: &[u8], place: &str) {
        needles.find(hay, |at, class, form| {
            *self.hits.entry(class).or_default() += 1;
            let place = format!(
                "{} as {form} in {place} near {:x}",
                class.name(),
                at & !0xfff
            );
            *self.places.entry(place).or_default() += 1;
        });
    }
}

/// Every thread of a program and its children, halted.
pub(crate) struct Halted {
    threads: BTreeMap<i32, BTreeSet<i32>>,
}

impl Halted {
    /// Halts it all, each thread at its next system call or in one.
    pub(crate) fn halt(main: u32) -> Self {
        let mut halted = Self {
            threads: BTreeMap::new(),
        };
        // Until a round finds no thread that was not halted already.
        loop {
            let mut is_new = false;
            for process in family(main) {
                for thread in tasks(process) {
                    let threads = halted.threads.entry(process).or_default();
                    if threads.insert(thread) {
                        is_new = true;
                        interrupt(Pid::from_raw(thread));
                    }
                }
            }
            if !is_new {
                return halted;
            }
        }
    }

    /// Copies all that there is.
    pub(crate) fn dump(&self) -> Dump {
        let mut dump = Dump::default();
        for (process, threads) in &self.threads {
            dump.threads += threads.len();
            for thread in threads {
                let registers = registers(Pid::from_raw(*thread));
                dump.pieces.push(("registers".to_owned(), registers));
            }
            let Dump {
                pieces,
                unreadable,
                secret_pages,
                ..
            } = &mut dump;
            *secret_pages += memory(*process, unreadable, |name, bytes| {
                pieces.push((name.to_owned(), bytes.to_vec()));
            });
        }
        dump
    }
}

/// All of a program that root can read, as it stood at one moment.
#[derive(Default)]
pub(crate) struct Dump {
    pieces: Vec<(String, Vec<u8>)>,
    unreadable: Vec<String>,
    secret_pages: usize,
    threads: usize,
}

impl Dump {
    /// Looks through it.
    pub(crate) fn search(&self, needles: &Needles) -> Seen {
        let mut seen = Seen {
            unreadable: self.unreadable.clone(),
            secret_pages: self.secret_pages,
            threads: self.threads,
            ..Seen::default()
        };
        for (name, bytes) in &self.pieces {
            seen.bytes += u64::try_from(bytes.len()).expect("a length");
            seen.search(needles, bytes, name);
        }
        seen
    }
}

impl Drop for Halted {
    fn drop(&mut self) {
        for thread in self.threads.values().flatten() {
            // One that was killed meanwhile needs no leave to go on.
            ptrace::detach(Pid::from_raw(*thread), None).ok();
        }
    }
}

/// The process, its children, and theirs.
fn family(main: u32) -> Vec<i32> {
    let mut all = vec![i32::try_from(main).expect("a process id")];
    let mut at = 0;
    while let Some(process) = all.get(at).copied() {
        for thread in tasks(process) {
            let path = format!("/proc/{process}/task/{thread}/children");
            let text = fs::read_to_string(path).unwrap_or_default();
            all.extend(
                text.split_whitespace()
                    .filter_map(|id| id.parse::<i32>().ok()),
            );
        }
        at += 1;
    }
    all
}

fn tasks(process: i32) -> Vec<i32> {
    let entries = fs::read_dir(format!("/proc/{process}/task"));
    let entries = entries.into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter_map(|name| name.parse().ok()).collect()
}

fn interrupt(thread: Pid) {
    ptrace::seize(thread, Options::PTRACE_O_TRACESYSGOOD)
        .and_then(|()| ptrace::interrupt(thread))
        .unwrap_or_else(|e| panic!("thread {thread} cannot be traced ({e}); run it as root"));
    stopped(thread);
    let at = fs::read_to_string(format!("/proc/{thread}/syscall")).unwrap_or_default();
    if at.starts_with("-1") || at.starts_with("running") {
        ptrace::syscall(thread, None).expect("a halted thread of ours");
        stopped(thread);
    }
}

fn stopped(thread: Pid) {
    match waitpid(thread, Some(WaitPidFlag::__WALL)) {
        Ok(
            WaitStatus::PtraceEvent(..) | WaitStatus::PtraceSyscall(_) | WaitStatus::Stopped(..),
        ) => {}
        other => panic!("thread {thread} did not halt: {other:?}"),
    }
}

/// The general registers, and every vector register in its full width.
fn registers(thread: Pid) -> Vec<u8> {
    let mut bytes = Vec::new();
    let general = ptrace::getregset::<regset::NT_PRSTATUS>(thread).expect("a halted thread");
    for word in [
        general.rax,
        general.rbx,
        general.rcx,
        general.rdx,
        general.rsi,
        general.rdi,
        general.rbp,
        general.r8,
        general.r9,
        general.r10,
        general.r11,
        general.r12,
        general.r13,
        general.r14,
        general.r15,
    ] {
        bytes.extend_from_slice(&word.to_ne_bytes());
    }
    bytes.extend(tests::wide_registers(thread));
    bytes
}

/// A mapping, as the kernel lists it.
struct Region {
    start: u64,
    end: u64,
    name: String,
}

fn regions(process: i32) -> Vec<Region> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).expect("it runs");
    let regions = maps.lines().map(|line| {
        let mut words = line.split_whitespace();
        let (start, end) = words
            .next()
            .and_then(|range| range.split_once('-'))
            .expect("a range");
        let number = |text| u64::from_str_radix(text, 16).expect("an address");
        Region {
            start: number(start),
            end: number(end),
            name: words.nth(4).unwrap_or("anonymous").to_owned(),
        }
    });
    regions.collect()
}

/// Reads every region of a process; returns how many are secret memory.
fn memory(process: i32, unreadable: &mut Vec<String>, mut on: impl FnMut(&str, &[u8])) -> usize {
    let mem = File::open(format!("/proc/{process}/mem")).expect("run it as root");
    let mut chunk = vec![0; CHUNK];
    let mut secret_pages = 0;
    for Region { start, end, name } in regions(process) {
        if name.contains("secretmem") {
            secret_pages += 1;
            let is_shut = mem.read_at(&mut chunk[..8], start).is_err();
            assert!(is_shut, "secret memory that root can read");
            continue;
        }
        if KERNELS.contains(&name.as_str()) {
            continue;
        }
        let mut at = start;
        while at < end {
            let wanted = usize::try_from(end - at).expect("an address").min(CHUNK);
            let Ok(read @ 1..) = mem.read_at(&mut chunk[..wanted], at) else {
                unreadable.push(format!("{at:x}-{end:x} {name}"));
                break;
            };
            on(&name, &chunk[..read]);
            let overlap = if read == CHUNK { OVERLAP } else { 0 };
            at += u64::try_from(read - overlap).expect("a length");
        }
    }
    secret_pages
}

/// Looks at this very program, which knows everything that is looked for.
pub(crate) fn myself(needles: &Needles) -> Seen {
    let mut seen = Seen::default();
    let mut unreadable = Vec::new();
    let me = i32::try_from(std::process::id()).expect("a process id");
    memory(me, &mut unreadable, |name, bytes| {
        seen.search(needles, bytes, name);
    });
    seen
}
