//! The orchestrator against real programs: one file a kind of story.

mod alerts;
mod checks;
mod copying;
mod exports;
mod intake;
mod kit;
mod lent;
mod modes;
mod place;
mod sealed;
mod settings;
mod the_signers_no;
mod unknown;
mod venue_words;
mod verbs;
mod words;
