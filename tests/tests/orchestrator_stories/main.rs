//! The orchestrator against real programs: one file a kind of story.

mod checks;
mod intake;
mod kit;
mod sealed;
mod settings;
mod unknown;
mod venue_words;
mod verbs;
mod words;
