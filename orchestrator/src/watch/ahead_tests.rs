//! Positions that are ahead of the list of trades.

use super::*;

/// M53: positions may be ahead of the list of trades, and have a fill that comes
/// after them: it is not added to what has it already.
#[test]
fn a_fill_that_the_positions_had_already_does_not_count_twice() {
    let mut bench = Bench::new();
    bench
        .store()
        .hold(leader(), &[position(7, 110)], T)
        .unwrap();
    bench.asked_s = T + 30;
    // Ten of the hundred and ten are this buy, or are not: nobody knows.
    let list = [fill(29, true, 10), fill(30, false, 55)];
    assert_eq!(bench.held(&list), [None, None]);
    assert!(bench.store().place(leader(), T).unwrap().to_ask);
    bench
        .store()
        .hold(leader(), &[position(7, 55)], T + 30)
        .unwrap();
    bench.asked_s = T + 60;
    let list = [&list[..], &[fill(60, false, 5)]].concat();
    assert_eq!(bench.held(&list), [Some(55)]);
}
