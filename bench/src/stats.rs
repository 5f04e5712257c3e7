//! Medians, percentiles and ratios of times in nanoseconds.

/// The value below which `per_mille` of a thousand lie.
pub(crate) fn percentile(samples: &[u64], per_mille: usize) -> u64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().saturating_sub(1);
    let at = (sorted.len() * per_mille / 1_000).min(last);
    sorted.get(at).copied().unwrap_or_default()
}

/// The middle one.
pub(crate) fn p50(samples: &[u64]) -> u64 {
    percentile(samples, 500)
}

/// The middle one of figures; the mean of the two middle ones.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.len() % 2, sorted.get(middle)) {
        (_, None) => f64::NAN,
        (1, Some(one)) => *one,
        (_, Some(upper)) => f64::midpoint(sorted[middle - 1], *upper),
    }
}

/// The least and the largest.
pub(crate) fn range(figures: &[f64]) -> (f64, f64) {
    let fold = |f: fn(f64, f64) -> f64, from| figures.iter().copied().fold(from, f);
    (
        fold(f64::min, f64::INFINITY),
        fold(f64::max, f64::NEG_INFINITY),
    )
}

/// A count or a time as a figure to divide with.
#[expect(
    clippy::cast_precision_loss,
    reason = "times of a run are far below 2^52 nanoseconds"
)]
pub(crate) const fn figure(count: u64) -> f64 {
    count as f64
}

/// Nanoseconds as microseconds.
pub(crate) fn us(ns: u64) -> f64 {
    figure(ns) / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples_and_medians_lie_in_the_middle() {
        let samples: Vec<u64> = (1..=100).rev().collect();
        assert_eq!((p50(&samples), percentile(&samples, 990)), (51, 100));
        assert_eq!((p50(&[7]), percentile(&[], 500)), (7, 0));
        assert_eq!(median(&[3.0, 1.0, 2.0]).to_bits(), 2.0_f64.to_bits());
        assert_eq!(median(&[4.0, 1.0]).to_bits(), 2.5_f64.to_bits());
        assert!(median(&[]).is_nan());
        assert_eq!(range(&[2.0, 1.0, 3.0]), (1.0, 3.0));
    }
}
