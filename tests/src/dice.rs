//! What a seeded test draws from, and how long it is asked to go on.
//!
//! Invariant: the same seed draws the same things for ever, so a failure that
//! names its seed can be seen again.

/// The seed of a run that nobody chose another for.
const SEED: u64 = 20_261_121;

/// Splitmix64.
#[derive(Clone, Copy, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Begins at `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Begins at the seed of this run.
    pub fn of_this_run() -> Self {
        Self::new(number("COUNTERSIGN_SEED", SEED))
    }

    /// The next number.
    pub const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("a count");
        usize::try_from(self.draw() % end).expect("below a count")
    }

    /// One of them.
    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// So many bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.draw().to_be_bytes()[7]).collect()
    }

    /// A word of 32 bytes.
    pub fn word(&mut self) -> [u8; 32] {
        self.bytes(32).try_into().expect("32 of them")
    }
}

/// How many of its things a test is to do: `usual`, unless the Makefile asks
/// for another number in `COUNTERSIGN_TURNS`.
pub fn turns(usual: u64) -> u64 {
    number("COUNTERSIGN_TURNS", usual)
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a test runs, and which run it repeats, is no program's configuration"
)]
fn number(name: &str, usual: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}: a number")),
        Err(_) => usual,
    }
}
