//! The reasons as operators read them.

use std::collections::BTreeSet;

use plan::Reason;
use plan::reason::catalogue_markdown;

/// M72, M73, M74, M75, M76: the document's words are exactly the document's.
#[test]
fn the_documented_words_are_exact() {
    for (reason, code, text) in [
        (
            Reason::TraderNotAllowed,
            "TRADER_NOT_ALLOWED",
            "Trader not in allowlist",
        ),
        (Reason::IntentStale, "INTENT_STALE", "Intent is stale"),
        (
            Reason::SlippageTooHigh,
            "SLIPPAGE_TOO_HIGH",
            "Slippage too high",
        ),
        (
            Reason::NoTrackedPurchases,
            "NO_TRACKED_PURCHASES",
            "No tracked purchases found",
        ),
        (
            Reason::BookInvalid,
            "BOOK_INVALID",
            "Orderbook check failed",
        ),
        (
            Reason::DuplicateIntent,
            "DUPLICATE_INTENT",
            "Duplicate intent <id>",
        ),
        (
            Reason::BelowMinimum,
            "BELOW_MINIMUM",
            "Intent size <size> below Polymarket minimum <least>",
        ),
    ] {
        assert_eq!((reason.code(), reason.text()), (code, text));
    }
}

/// M69, M76: every reason has a code of its own to be counted by, words, and a fix.
#[test]
fn every_reason_has_its_own_code_words_and_fix() {
    let codes: BTreeSet<_> = Reason::ALL.iter().map(|r| r.code()).collect();
    let texts: BTreeSet<_> = Reason::ALL.iter().map(|r| r.text()).collect();
    assert_eq!(
        (codes.len(), texts.len()),
        (Reason::ALL.len(), Reason::ALL.len())
    );
    for reason in Reason::ALL {
        let code = reason.code();
        assert!(
            code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'),
            "{code}"
        );
        assert!(!reason.text().is_empty() && !reason.fix().is_empty());
        assert!(!reason.fix().contains('|') && !reason.text().contains('|'));
        // The variant is the code, in another spelling.
        let joined = code.replace('_', "").to_lowercase();
        assert_eq!(joined, format!("{reason:?}").to_lowercase());
    }
}

/// M76: what operators read is written from the catalogue.
#[test]
fn the_document_that_operators_read_is_the_catalogue() {
    let document = include_str!("../../../../deploy/REASONS.md");
    let text = catalogue_markdown();
    assert!(
        document == text,
        "make reasons writes deploy/REASONS.md again"
    );
    for reason in Reason::ALL {
        assert!(text.contains(&format!("| `{}` |", reason.code())));
    }
    assert!(!text.contains('<'));
}
