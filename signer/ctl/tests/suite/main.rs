//! The real binary, as an operator runs it.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod callers;
#[cfg(test)]
mod import;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod log;
#[cfg(test)]
mod notes;
#[cfg(test)]
mod rewrap;
#[cfg(test)]
mod rotate;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod signer;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod wrong_files;
