//! What the kernel says of a process: the processor it may run on, the time it
//! ran, the memory it holds.

use std::fs;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// The processors that this process may use, and the one that pinned runs name.
pub(crate) struct Cpus {
    all: CpuSet,
    /// The last of them.
    pub(crate) named: usize,
    /// How many.
    pub(crate) count: usize,
}

impl Cpus {
    pub(crate) fn read() -> Result<Self, String> {
        let all = sched_getaffinity(Pid::from_raw(0)).map_err(|e| format!("affinity: {e}"))?;
        let is_ours = |cpu: &usize| all.is_set(*cpu).unwrap_or(false);
        let ours: Vec<usize> = (0..CpuSet::count()).filter(is_ours).collect();
        let named = *ours.last().ok_or("affinity: no processor")?;
        Ok(Self {
            all,
            named,
            count: ours.len(),
        })
    }

    /// Puts the calling thread and every thread of `pid`, and of what it started,
    /// on the named one.
    pub(crate) fn pin(&self, pid: u32) -> Result<(), String> {
        let mut one = CpuSet::new();
        one.set(self.named).map_err(|e| format!("affinity: {e}"))?;
        place(pid, &one)
    }

    /// Lets them run anywhere again.
    pub(crate) fn unpin(&self, pid: u32) -> Result<(), String> {
        place(pid, &self.all)
    }
}

fn place(pid: u32, cpus: &CpuSet) -> Result<(), String> {
    let set = |thread: i32| {
        sched_setaffinity(Pid::from_raw(thread), cpus).map_err(|e| format!("affinity: {e}"))
    };
    set(0)?;
    threads(pid)?.into_iter().try_for_each(set)
}

/// `pid` and the processes that it started.
fn processes(pid: u32) -> Result<Vec<u32>, String> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let text = fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
    let children = text.split_whitespace().map(str::parse);
    let all = std::iter::once(Ok(pid)).chain(children);
    all.collect::<Result<_, _>>()
        .map_err(|_| format!("{path}: {text:?}"))
}

fn threads(pid: u32) -> Result<Vec<i32>, String> {
    let mut threads = Vec::new();
    for pid in processes(pid)? {
        let folder = format!("/proc/{pid}/task");
        let bad = |e: &dyn std::fmt::Display| format!("{folder}: {e}");
        for entry in fs::read_dir(&folder).map_err(|e| bad(&e))? {
            let name = entry.map_err(|e| bad(&e))?.file_name();
            let number = name.to_str().and_then(|name| name.parse().ok());
            threads.push(number.ok_or_else(|| bad(&"no number"))?);
        }
    }
    Ok(threads)
}

/// Nanoseconds that all threads of `pid`, and of what it started, were on a
/// processor.
pub(crate) fn cpu_ns(pid: u32) -> Result<u64, String> {
    let mut sum = 0;
    for thread in threads(pid)? {
        let path = format!("/proc/{thread}/schedstat");
        let text = fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
        let first = text.split(' ').next().and_then(|word| word.parse().ok());
        let ran: u64 = first.ok_or_else(|| format!("{path}: {text:?}"))?;
        sum += ran;
    }
    Ok(sum)
}

/// Resident memory of the signer's processes, KiB. Code that they share counts
/// for each of them.
#[derive(Clone, Copy, Default)]
pub(crate) struct Resident {
    pub(crate) vault_kib: u64,
    pub(crate) door_kib: u64,
    pub(crate) supervisor_kib: u64,
}

/// Resident memory of the signer `pid` and of what it started.
pub(crate) fn resident(pid: u32) -> Result<Resident, String> {
    let mut resident = Resident::default();
    for one in processes(pid)? {
        let path = format!("/proc/{one}/cmdline");
        let line = fs::read(&path).map_err(|e| format!("{path}: {e}"))?;
        let is = |word: &[u8]| line.split(|byte| *byte == 0).any(|one| one == word);
        let kib = resident_kib(one)?;
        if is(b"--as-vault") {
            resident.vault_kib += kib;
        } else if is(b"--as-door") {
            resident.door_kib += kib;
        } else {
            resident.supervisor_kib += kib;
        }
    }
    Ok(resident)
}

fn resident_kib(pid: u32) -> Result<u64, String> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let value = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    value.ok_or_else(|| format!("{path}: no VmRSS"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_works_is_seen_to_work_and_to_hold_memory() {
        let me = std::process::id();
        let before = cpu_ns(me).expect("schedstat is there");
        let mut sum = 0_u64;
        while cpu_ns(me).expect("schedstat is there") == before {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(resident_kib(me).expect("status is there") > 100);
        let cpus = Cpus::read().expect("affinity is there");
        cpus.pin(me).expect("our own threads");
        assert_eq!(Cpus::read().expect("affinity is there").count, 1);
        cpus.unpin(me).expect("our own threads");
        assert_eq!(Cpus::read().expect("affinity is there").count, cpus.count);
    }
}
