//! Settings as a person writes them, and what is wrong with them.

use order::{Address, DecimalError};
use plan::lists::{ListError, ListProblem, traders};
use plan::size::SizingError;
use plan::tiers::{Problem, TierError, Tiers};
use plan::{Bps, Markets, Misconfigured, Sizing, Strategy};
use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};
use proptest::strategy::Strategy as _;

use crate::kit::{CONDITION, LEADER, TOKEN, WATCHED, price, strategy, usdc};

/// As its checksum writes it.
const A: &str = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045";

/// M13: addresses are read in one case or by their checksum, each once.
#[test]
fn traders_are_listed_once_in_any_case() {
    let lower = A.to_lowercase();
    let upper = lower.to_uppercase().replace("0X", "0x");
    assert_eq!(traders(&[A]), traders(&[&lower]));
    assert_eq!(traders(&[A]), traders(&[&upper]));
    let other = format!("0x{}", "22".repeat(20));
    assert_eq!(
        traders(&[A, &other]).unwrap(),
        [A.parse::<Address>().unwrap(), Address::repeat_byte(0x22)]
    );
    let refused = |texts: &[&str], entry, problem| {
        assert_eq!(
            traders(texts),
            Err(ListError { entry, problem }),
            "{texts:?}"
        );
    };
    refused(&[A, &lower], 2, ListProblem::Twice);
    refused(&[A, ""], 2, ListProblem::NotAnAddress);
    for text in [
        A.replace("0x", ""),
        A.replace("45", "4"),
        format!("{A}0"),
        format!(" {A}"),
        A.replace('d', "g"),
    ] {
        refused(&[&text], 1, ListProblem::NotAnAddress);
    }
    refused(&[&A.replace("dA", "Da")], 1, ListProblem::Checksum);
    refused(
        &[&format!("0x{}", "0".repeat(40))],
        1,
        ListProblem::ZeroAddress,
    );
}

/// M13: nobody to follow is no strategy.
#[test]
fn a_strategy_without_traders_does_not_start() {
    let nobody = Strategy {
        leaders: traders::<&str>(&[]).unwrap(),
        ..strategy()
    };
    assert_eq!(nobody.check(), Err(Misconfigured::NoLeaders));
}

/// M14: a list of markets holds conditions and tokens, each once.
#[test]
fn markets_are_conditions_and_tokens() {
    let both = Markets::listed(&[CONDITION.to_string(), "7".to_owned()]);
    let only = Markets::Only {
        conditions: vec![CONDITION],
        tokens: vec![TOKEN],
    };
    assert_eq!(both, Ok(only));
    let wide = "9".repeat(79);
    let cases: [(&[&str], usize, ListProblem); 7] = [
        (&["7", "7"], 2, ListProblem::Twice),
        (&["7", "007"], 2, ListProblem::Twice),
        (&["7", "", "8"], 2, ListProblem::NotAMarket),
        (&["0x7"], 1, ListProblem::NotAMarket),
        (&["market_id_1"], 1, ListProblem::NotAMarket),
        (&["-7"], 1, ListProblem::NotAMarket),
        (&[&wide], 1, ListProblem::NotAMarket),
    ];
    for (texts, entry, problem) in cases {
        let said = Markets::listed(texts);
        assert_eq!(said, Err(ListError { entry, problem }), "{texts:?}");
    }
}

/// M18, M19: a sizing has one of three names, and a size that makes sense.
#[test]
fn a_size_is_above_zero_and_within_reason() {
    let read = |name, size| Sizing::read(name, size, None).map(drop);
    assert_eq!(read("FIXED", "0.000001"), Ok(()));
    assert_eq!(read("FIXED", "1000000"), Ok(()));
    assert_eq!(read("FIXED", "1000000.000001"), Err(SizingError::Range));
    assert_eq!(read("PERCENTAGE", "0.000001"), Ok(()));
    assert_eq!(read("PERCENTAGE", "1000"), Ok(()));
    assert_eq!(read("PERCENTAGE", "1000.000001"), Err(SizingError::Range));
    for name in ["FIXED", "PERCENTAGE"] {
        assert_eq!(read(name, "0"), Err(SizingError::Range));
        for text in ["-1", "NaN", "inf", "1e3", "", " 1", "1,5"] {
            let malformed = SizingError::Number(DecimalError::Malformed);
            assert_eq!(read(name, text), Err(malformed), "{text:?}");
        }
    }
    for name in ["fixed", "", "PERCENT", "KELLY"] {
        assert_eq!(read(name, "10"), Err(SizingError::Name));
    }
    assert_eq!(read("TIERED", "10"), Err(SizingError::NoTiers));
    assert!(Sizing::read("TIERED", "10", Some("1+:1")).is_ok());
}

/// M17: a percentage of a price is held in whole basis points or not at all.
#[test]
fn five_percent_is_five_hundred_basis_points() {
    assert_eq!(Bps::parse_percent("5.0"), Ok(Bps(500)));
    assert_eq!(Bps::parse_percent("0.01"), Ok(Bps(1)));
    let long = Bps::parse_percent("0.001");
    assert_eq!(long, Err(DecimalError::TooManyDecimals));
    assert_eq!(Bps::parse_percent("-5"), Err(DecimalError::Malformed));
    for (bps, text) in [(0, "0%"), (1, "0.01%"), (999, "9.99%"), (1_050, "10.5%")] {
        assert_eq!(Bps(bps).to_string(), text);
    }
}

/// M20: each fault of the tiers' text is named with the byte where it begins.
#[test]
fn tiers_that_are_not_understood_say_where() {
    let number = Problem::Number(DecimalError::Malformed);
    for (text, at, problem) in [
        ("", 0, Problem::Empty),
        ("1-100:2.0,", 10, Problem::Empty),
        ("1-100", 0, Problem::NoMultiplier),
        ("1-100:2.0, 100-500", 11, Problem::NoMultiplier),
        ("100:2.0", 0, Problem::NoRange),
        ("1-100+:2.0", 0, number),
        ("1+5:2.0", 2, Problem::NoRange),
        ("-100:2.0", 0, number),
        ("1-x:2.0", 2, number),
        ("1-100:", 6, number),
        ("1-100:-2", 6, number),
        ("1-100:2.0:3", 6, number),
        ("1-100:2e3", 6, number),
        ("1-100:0", 6, Problem::Multiplier),
        ("1-100:100.000001", 6, Problem::Multiplier),
        ("100-1:2.0", 0, Problem::Backwards),
        ("100-100:2.0", 0, Problem::Backwards),
        ("1-100:2.0,101-500:1.0", 10, Problem::Gap),
        ("1-100:2.0,99-500:1.0", 10, Problem::Overlap),
        ("100-500:1.0,1-100:2.0", 12, Problem::Overlap),
        ("1-100:2.0,100+:1.0,500+:0.1", 19, Problem::AfterOpen),
        ("1+:1.0,100-500:2.0", 7, Problem::AfterOpen),
    ] {
        assert_eq!(
            Tiers::parse(text),
            Err(TierError { at, problem }),
            "{text:?}"
        );
    }
    let said = Tiers::parse("1-100:2.0,101+:1.0").unwrap_err();
    assert_eq!(
        said.to_string(),
        "at byte 10: a gap; begin where the tier before ends"
    );
}

/// M20: the document's two examples are understood, with spaces and without.
#[test]
fn the_documents_tiers_are_understood() {
    for text in [
        "1-100:2.0,100-1000:0.5,1000+:0.1",
        "1-100:2.0,100-500:1.0,500-1000:0.5,1000+:0.1",
    ] {
        let tiers = Tiers::parse(text).unwrap();
        let spaced = text
            .replace(',', " , ")
            .replace(':', " : ")
            .replace('-', " - ");
        assert_eq!(Tiers::parse(&spaced), Ok(tiers));
    }
    assert!(Tiers::parse("0-0.000001:100,0.000001+:0.000001").is_ok());
}

/// M65: a least above a most, and other pairs that cannot both be meant.
#[test]
fn settings_that_contradict_each_other_do_not_start() {
    type Bend = fn(&mut Strategy);
    let bends: [(Bend, Option<Misconfigured>); 9] = [
        (|_| {}, None),
        (|s| s.intent_usdc_min = usdc("100"), None),
        (
            |s| s.intent_usdc_min = usdc("100.000001"),
            Some(Misconfigured::SizeRange),
        ),
        (
            |s| (s.intent_usdc_min, s.intent_usdc_max) = (usdc("0"), usdc("0.999999")),
            Some(Misconfigured::BelowVenue),
        ),
        (|s| s.intent_usdc_max = usdc("1"), None),
        (
            |s| s.price_min = price("0.9801"),
            Some(Misconfigured::PriceBand),
        ),
        (|s| s.price_min = price("0.98"), None),
        (
            |s| s.impact_warn = Bps(1_001),
            Some(Misconfigured::WarnAboveMax),
        ),
        (
            |s| s.watch_only.push(LEADER),
            Some(Misconfigured::LeaderOnlyWatched(LEADER)),
        ),
    ];
    for (bend, said) in bends {
        let mut bent = strategy();
        bend(&mut bent);
        assert_eq!(bent.check().err(), said);
    }
    assert_eq!(strategy().watch_only, [WATCHED]);
}

/// One tier's text from its numbers, in hundredths.
fn written(bounds: &[u64], open: bool, multiplier: u64) -> String {
    let number = |n: u64| format!("{}.{:02}", n / 100, n % 100);
    let mut parts: Vec<String> = bounds
        .windows(2)
        .map(|w| format!("{}-{}:{}", number(w[0]), number(w[1]), number(multiplier)))
        .collect();
    if open {
        parts.push(format!(
            "{}+:{}",
            number(bounds[bounds.len() - 1]),
            number(multiplier)
        ));
    }
    parts.join(",")
}

proptest! {
    /// M20: no text makes the parser fail otherwise than by saying where.
    #[test]
    fn any_text_is_tiers_or_says_where_not(text in ".{0,60}") {
        if let Err(said) = Tiers::parse(&text) {
            prop_assert!(said.at <= text.len() && text.is_char_boundary(said.at));
        }
    }

    /// M20: noise in the grammar's own letters neither; understood, its spaces say nothing.
    #[test]
    fn noise_in_the_grammars_letters_is_understood_or_refused(text in "[0-9.:,+ -]{0,40}") {
        match Tiers::parse(&text) {
            Err(said) => prop_assert!(said.at <= text.len(), "{}", said),
            // Spaces stand only around parts, never inside a number.
            Ok(tiers) => prop_assert_eq!(Tiers::parse(&text.replace(' ', "")), Ok(tiers)),
        }
    }

    /// M20, M37: each bound belongs to the tier it begins; outside all of them is nothing.
    #[test]
    fn tiers_that_touch_are_understood(
        mut bounds in prop::collection::btree_set(1_u64..1_000_000, 2..6)
            .prop_map(|set| set.into_iter().collect::<Vec<_>>()),
        open in any::<bool>(),
        multiplier in 1_u64..=10_000,
        gap in 1_u64..100,
    ) {
        let tiers = Tiers::parse(&written(&bounds, open, multiplier)).unwrap();
        let cent = 10_000;
        prop_assert!(tiers.multiplier(bounds[0] * cent - 1).is_none());
        let last = bounds[bounds.len() - 1];
        for bound in &bounds {
            let held = tiers.multiplier(bound * cent).is_some();
            prop_assert_eq!(held, *bound < last || open);
        }
        prop_assert_eq!(tiers.multiplier(u64::MAX).is_some(), open);
        // A hole anywhere, or a step back, is refused.
        let text = written(&bounds, open, multiplier);
        let after = format!("{text},{}+:1", last / 100 + gap + 1);
        prop_assert!(Tiers::parse(&after).is_err());
        bounds.reverse();
        prop_assert!(Tiers::parse(&written(&bounds, false, multiplier)).is_err());
    }
}
