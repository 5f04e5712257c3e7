//! Wiping what work with a secret left behind: the stack below, the registers.
//!
//! A nonce that is left is the key, to anyone who has the signature; and no
//! type can promise that a compiler made no copy. So whoever worked calls
//! [`burn`] from the frame that the work was called from, and a scan of the
//! released program (`make residue`) says whether that was enough.

use std::ptr;

/// How much of the stack below its caller [`burn`] overwrites. Of 32 KiB the
/// scan of the released program found digits of nonces left below.
pub const BURNT_BYTES: usize = 64 * 1024;

/// Overwrites [`BURNT_BYTES`] of stack below the caller's frame, then clears
/// the vector registers.
///
/// The work before it must have been called, not inlined: what stands in the
/// caller's own frame stays.
#[expect(
    clippy::inline_always,
    reason = "a frame of its own would have places that nothing writes to, just where the work's was"
)]
#[inline(always)]
pub fn burn() {
    overwrite();
    clear_registers();
}

/// Writes a zero that no compiler leaves out.
pub(crate) fn forget(byte: &mut u8) {
    // SAFETY: it is a borrow of one byte, to be written.
    unsafe { ptr::write_volatile(byte, 0) }
}

/// Everything from its own return address down, without a frame of its own: a
/// compiler's frame has places that it never writes to, and what the work
/// before left in them would stay.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
extern "C" fn overwrite() {
    std::arch::naked_asm!(
        "lea rdi, [rsp - {bytes}]",
        "mov ecx, {bytes}",
        "xor eax, eax",
        "rep stosb",
        "ret",
        bytes = const BURNT_BYTES,
    )
}

/// All but what a frame leaves unwritten.
#[cfg(not(target_arch = "x86_64"))]
#[inline(never)]
fn overwrite() {
    let mut below = [0_u8; BURNT_BYTES];
    below.iter_mut().for_each(forget);
    std::hint::black_box(&mut below);
}

/// Clears every vector register, and the general ones that a call may change.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
fn clear_registers() {
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: the processor has AVX-512.
        unsafe { clear_upper() }
    }
    if is_x86_feature_detected!("avx") {
        // SAFETY: the processor has AVX.
        unsafe { clear_lower() }
    } else {
        clear_sse();
    }
    clear_general();
}

/// On other processors the registers are left to whatever runs next.
#[cfg(not(target_arch = "x86_64"))]
const fn clear_registers() {}

/// zmm16 to zmm31, which no instruction clears together.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn clear_upper() {
    // SAFETY: it writes registers that it names, and touches no memory.
    unsafe {
        std::arch::asm!(
            "vpxord zmm16, zmm16, zmm16", "vpxord zmm17, zmm17, zmm17",
            "vpxord zmm18, zmm18, zmm18", "vpxord zmm19, zmm19, zmm19",
            "vpxord zmm20, zmm20, zmm20", "vpxord zmm21, zmm21, zmm21",
            "vpxord zmm22, zmm22, zmm22", "vpxord zmm23, zmm23, zmm23",
            "vpxord zmm24, zmm24, zmm24", "vpxord zmm25, zmm25, zmm25",
            "vpxord zmm26, zmm26, zmm26", "vpxord zmm27, zmm27, zmm27",
            "vpxord zmm28, zmm28, zmm28", "vpxord zmm29, zmm29, zmm29",
            "vpxord zmm30, zmm30, zmm30", "vpxord zmm31, zmm31, zmm31",
            out("zmm16") _, out("zmm17") _, out("zmm18") _, out("zmm19") _,
            out("zmm20") _, out("zmm21") _, out("zmm22") _, out("zmm23") _,
            out("zmm24") _, out("zmm25") _, out("zmm26") _, out("zmm27") _,
            out("zmm28") _, out("zmm29") _, out("zmm30") _, out("zmm31") _,
            options(nomem, nostack, preserves_flags),
        );
    }
}

/// ymm0 to ymm15 whole, and with them the lower sixteen zmm.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
fn clear_lower() {
    // SAFETY: it writes registers that it names, and touches no memory.
    unsafe {
        std::arch::asm!(
            "vzeroall",
            out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _,
            out("xmm4") _, out("xmm5") _, out("xmm6") _, out("xmm7") _,
            out("xmm8") _, out("xmm9") _, out("xmm10") _, out("xmm11") _,
            out("xmm12") _, out("xmm13") _, out("xmm14") _, out("xmm15") _,
            options(nomem, nostack, preserves_flags),
        );
    }
}

/// xmm0 to xmm15, on a processor that has no wider ones.
#[cfg(target_arch = "x86_64")]
fn clear_sse() {
    // SAFETY: it writes registers that it names, and touches no memory.
    unsafe {
        std::arch::asm!(
            "pxor xmm0, xmm0", "pxor xmm1, xmm1", "pxor xmm2, xmm2", "pxor xmm3, xmm3",
            "pxor xmm4, xmm4", "pxor xmm5, xmm5", "pxor xmm6, xmm6", "pxor xmm7, xmm7",
            "pxor xmm8, xmm8", "pxor xmm9, xmm9", "pxor xmm10, xmm10", "pxor xmm11, xmm11",
            "pxor xmm12, xmm12", "pxor xmm13, xmm13", "pxor xmm14, xmm14", "pxor xmm15, xmm15",
            out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _,
            out("xmm4") _, out("xmm5") _, out("xmm6") _, out("xmm7") _,
            out("xmm8") _, out("xmm9") _, out("xmm10") _, out("xmm11") _,
            out("xmm12") _, out("xmm13") _, out("xmm14") _, out("xmm15") _,
            options(nomem, nostack, preserves_flags),
        );
    }
}

/// The general registers that a called function may leave anything in.
#[cfg(target_arch = "x86_64")]
fn clear_general() {
    // SAFETY: it writes registers that it names, and touches no memory.
    unsafe {
        std::arch::asm!(
            "xor eax, eax", "xor ecx, ecx", "xor edx, edx", "xor esi, esi", "xor edi, edi",
            "xor r8d, r8d", "xor r9d, r9d", "xor r10d, r10d", "xor r11d, r11d",
            out("rax") _, out("rcx") _, out("rdx") _, out("rsi") _, out("rdi") _,
            out("r8") _, out("r9") _, out("r10") _, out("r11") _,
            options(nomem, nostack),
        );
    }
}
