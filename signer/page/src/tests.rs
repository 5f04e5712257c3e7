//! Pages are what they say, and burning reaches what it says.

use std::fs;
use std::hint::black_box;
use std::io::Read;

use super::*;

const PLANTED: [u8; 32] = *b"a secret that burning must reach";

fn smaps_of(page: &Page) -> String {
    let start = format!("{:x}-", page.bare().as_ptr().addr());
    let smaps = fs::read_to_string("/proc/self/smaps").unwrap();
    let mut lines = smaps.lines().skip_while(|line| !line.starts_with(&start));
    let mapping = lines.next().unwrap();
    let flags = lines.find(|line| line.starts_with("VmFlags:")).unwrap();
    format!("{mapping}\n{flags}")
}

/// M107: a page is wiped whole when it is given up.
#[test]
fn a_page_is_filled_in_place_and_wiped_whole() {
    let mut page = Page::new().unwrap();
    assert_eq!(page.bare(), &[0; BYTES]);
    let mut from: &[u8] = &[7; BYTES];
    from.read_exact(page.bare_mut()).unwrap();
    assert_eq!(page.bare(), &[7; BYTES]);
    page.wipe();
    assert_eq!(page.bare(), &[0; BYTES]);
}

#[test]
fn a_descriptor_is_read_straight_into_a_page() {
    let mut page = Page::new().unwrap();
    let mut file = fs::File::open("/proc/self/exe").unwrap();
    file.read_exact(&mut page.bare_mut()[..4]).unwrap();
    assert_eq!(&page.bare()[..4], b"\x7fELF");
}

#[test]
fn a_page_is_of_the_kind_that_it_says() {
    let page = Page::new().unwrap();
    let said = smaps_of(&page);
    match page.kind() {
        Kind::Secret => assert!(said.contains("secretmem"), "{said}"),
        Kind::Locked(missing) => assert!(!missing.to_string().is_empty()),
    }
    // `dc`: not in a child.
    assert!(said.contains(" dc"), "{said}");
}

#[test]
fn without_secret_memory_a_page_is_locked_and_in_no_core_file() {
    let missing = Missing {
        step: "memfd_secret",
        code: libc::ENOSYS,
    };
    let text = missing.to_string();
    assert!(text.starts_with("memfd_secret: ") && text.contains("CONFIG_SECRETMEM"));
    let page = Page {
        map: Map::locked().unwrap(),
        kind: Kind::Locked(missing),
    };
    let said = smaps_of(&page);
    // Locked, not in a child, not in a core file.
    for flag in [" lo", " dc", " dd"] {
        assert!(said.contains(flag), "{flag}: {said}");
    }
}

#[test]
fn a_page_that_is_given_back_is_gone() {
    let page = Page::new().unwrap();
    let start = format!("{:x}-", page.bare().as_ptr().addr());
    let is_mapped = || {
        fs::read_to_string("/proc/self/maps")
            .unwrap()
            .contains(&start)
    };
    assert!(is_mapped());
    drop(page);
    assert!(!is_mapped());
}

/// Leaves a secret on the stack below its caller, `depth` bytes down.
#[inline(never)]
fn work(depth: usize) -> usize {
    let mut room = [0_u8; 1024];
    if depth > room.len() {
        let deeper = black_box(work(depth.saturating_sub(room.len())));
        return deeper.wrapping_add(usize::from(black_box(&mut room)[0]));
    }
    room[..PLANTED.len()].copy_from_slice(&PLANTED);
    black_box(&mut room).as_ptr().addr()
}

/// How often the secret stands in this thread's stack, as a reader from
/// outside sees it. The pattern itself is kept apart from the stack.
#[inline(never)]
fn left_below(top: usize) -> usize {
    let mem = fs::File::open("/proc/self/mem").unwrap();
    let mut stack = vec![0; BURNT_BYTES];
    let start = u64::try_from(top.checked_sub(stack.len()).unwrap()).unwrap();
    std::os::unix::fs::FileExt::read_exact_at(&mem, &mut stack, start).unwrap();
    stack.windows(16).filter(|w| *w == &PLANTED[8..24]).count()
}

#[test]
fn burning_reaches_what_work_left_on_the_stack() {
    // A thread of its own has the stack that the depths here need.
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    let done = thread.spawn(|| {
        for depth in [16 * 1024, 20 * 1024, 24 * 1024] {
            let here = 0_u8;
            let top = black_box(&raw const here).addr();
            work(depth);
            assert!(left_below(top) > 0, "the control at {depth} was not found");
            work(depth);
            burn();
            assert_eq!(left_below(top), 0, "{depth}");
        }
    });
    done.unwrap().join().unwrap();
}

#[cfg(target_arch = "x86_64")]
#[test]
fn burning_clears_the_vector_registers() {
    #[inline(never)]
    fn burnt() {
        burn();
    }
    let mut after = [1_u64; 4];
    // SAFETY: it names every register that it changes, and writes to an array
    // that is large enough; `burnt` is a function of the C-like Rust ABI without
    // arguments, so all that a call may change is named as changed.
    unsafe {
        std::arch::asm!(
            "pcmpeqd xmm3, xmm3",
            "pcmpeqd xmm15, xmm15",
            "call {burn}",
            "movdqu [r12], xmm3",
            "movdqu [r12 + 16], xmm15",
            burn = sym burnt,
            // A register that calls keep.
            in("r12") after.as_mut_ptr(),
            clobber_abi("C"),
        );
    }
    assert_eq!(after, [0; 4]);
}

/// What stands in each word that nobody wrote to since.
#[cfg(target_arch = "x86_64")]
const FILLED: u64 = 0x5a5a_a5a5_c3c3_3c3c;

/// Fills the stack below its caller's frame.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
extern "C" fn fill() {
    std::arch::naked_asm!(
        "lea rax, [rsp - {bytes}]",
        "mov rcx, {filled}",
        "2:",
        "mov qword ptr [rax], rcx",
        "add rax, 8",
        "cmp rax, rsp",
        "jne 2b",
        "ret",
        bytes = const BURNT_BYTES,
        filled = const FILLED,
    )
}

/// Counts what is left of it, and needs no stack for that.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
extern "C" fn left() -> u64 {
    std::arch::naked_asm!(
        "lea rdx, [rsp - {bytes}]",
        "mov rcx, {filled}",
        "xor eax, eax",
        "2:",
        "cmp qword ptr [rdx], rcx",
        "jne 3f",
        "add rax, 1",
        "3:",
        "add rdx, 8",
        "cmp rdx, rsp",
        "jne 2b",
        "ret",
        bytes = const BURNT_BYTES,
        filled = const FILLED,
    )
}

/// A frame of `burn`'s own would leave places unwritten where the work's frame
/// was: a limb of a key once stayed in one.
#[cfg(target_arch = "x86_64")]
#[test]
fn burning_leaves_no_word_below_its_callers_frame() {
    fill();
    assert_eq!(
        usize::try_from(left()).unwrap() * 8,
        BURNT_BYTES,
        "the control"
    );
    fill();
    burn();
    let left = left();
    assert_eq!(left, 0);
}
