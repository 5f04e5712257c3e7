//! Who may ask what: request keys, roles, epochs and counters.
//!
//! Invariant: a question counts only with a MAC of its caller's key, under the
//! caller's latest epoch, with a counter never seen before and no more than a
//! window below the highest.
//! Invariant: the role comes from the key's record; neither the door nor the
//! message has a say in it.

use std::collections::BTreeMap;

use frame::{Answer, Ask, Epoch, Mac, Method, RequestHash, RequestKey};

/// How far below the highest counter one may still arrive.
const WINDOW: u64 = 4_096;
const WORDS: usize = 64;

/// What a caller is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Signs, explains, carries notes, freezes.
    Orchestrator,
    /// Carries notes and freezes.
    Operator,
    /// Looks.
    Monitor,
}

impl Role {
    /// The role of this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "orchestrator" => Some(Self::Orchestrator),
            "operator" => Some(Self::Operator),
            "monitor" => Some(Self::Monitor),
            _ => None,
        }
    }

    /// Whether it may use `method`.
    pub(crate) const fn may(self, method: Method) -> bool {
        match self {
            Self::Orchestrator => true,
            Self::Operator => {
                matches!(
                    method,
                    Method::GetStatus | Method::ApplyNote | Method::Freeze
                )
            }
            Self::Monitor => matches!(method, Method::GetStatus),
        }
    }
}

/// What a question brings to prove itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proof {
    pub(crate) epoch: Epoch,
    pub(crate) counter: u64,
    pub(crate) mac: Mac,
}

/// Why a question is not answered. None of these is a denial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unproven {
    /// No such caller, a wrong MAC, an old epoch: all look the same outside.
    NotYou,
    /// The counter was used before, or lies too far back.
    Replayed,
    /// The caller's role has no such method.
    NotYours,
}

/// One caller's record.
struct Caller {
    key: RequestKey,
    role: Role,
    run: Option<Run>,
}

/// The counters of one epoch.
struct Run {
    epoch: Epoch,
    highest: u64,
    /// One bit a counter: bit `c % WINDOW` is set when `c` was used.
    used: [u64; WORDS],
}

/// Every caller, by name.
#[derive(Default)]
pub(crate) struct Callers(BTreeMap<String, Caller>);

impl Callers {
    /// Adds a caller; the name is free, or it returns `false`.
    pub(crate) fn add(&mut self, name: String, key: RequestKey, role: Role) -> bool {
        self.0
            .insert(
                name,
                Caller {
                    key,
                    role,
                    run: None,
                },
            )
            .is_none()
    }

    /// Begins a caller's next epoch, ending the one before.
    ///
    /// `fresh` is random; the answer's MAC binds it to the challenge.
    pub(crate) fn hello(
        &mut self,
        name: &str,
        challenge: &[u8; 32],
        mac: &Mac,
        fresh: Epoch,
    ) -> Result<Mac, Unproven> {
        let caller = self.0.get_mut(name).ok_or(Unproven::NotYou)?;
        if !frame::same(&caller.key.hello(name, challenge), mac) {
            return Err(Unproven::NotYou);
        }
        caller.run = Some(Run {
            epoch: fresh,
            highest: 0,
            used: [0; WORDS],
        });
        Ok(caller.key.welcome(name, challenge, &fresh))
    }

    /// Judges a question's proof and uses up its counter.
    pub(crate) fn check(
        &mut self,
        name: &str,
        proof: &Proof,
        ask: &Ask<'_>,
    ) -> Result<RequestHash, Unproven> {
        let caller = self.0.get_mut(name).ok_or(Unproven::NotYou)?;
        let (mac, hash) = caller.key.ask(name, &proof.epoch, proof.counter, ask);
        if !frame::same(&mac, &proof.mac) {
            return Err(Unproven::NotYou);
        }
        let run = caller.run.as_mut().filter(|run| run.epoch == proof.epoch);
        let run = run.ok_or(Unproven::NotYou)?;
        if !caller.role.may(ask.method()) {
            return Err(Unproven::NotYours);
        }
        if run.take(proof.counter) {
            Ok(hash)
        } else {
            Err(Unproven::Replayed)
        }
    }

    /// The MAC of an answer to the question with hash `request`.
    pub(crate) fn answer(&self, name: &str, request: &RequestHash, answer: &Answer) -> Option<Mac> {
        self.0
            .get(name)
            .map(|caller| caller.key.answer(request, answer))
    }
}

impl Run {
    /// Uses `counter` up; `false` if it was used or lies too far back.
    fn take(&mut self, counter: u64) -> bool {
        if counter == 0 {
            return false;
        }
        if counter > self.highest {
            let steps = counter.saturating_sub(self.highest).min(WINDOW);
            for step in 0..steps {
                self.mark(counter.saturating_sub(step), false);
            }
            self.highest = counter;
        } else if self.highest.saturating_sub(counter) >= WINDOW || self.is_marked(counter) {
            return false;
        }
        self.mark(counter, true);
        true
    }

    fn place(counter: u64) -> (usize, u64) {
        let bit = counter & WINDOW.saturating_sub(1);
        let word = usize::try_from(bit >> 6).unwrap_or(0);
        (word, 1 << (bit & 63))
    }

    fn is_marked(&self, counter: u64) -> bool {
        let (word, bit) = Self::place(counter);
        self.used.get(word).is_some_and(|w| w & bit != 0)
    }

    fn mark(&mut self, counter: u64, used: bool) {
        let (word, bit) = Self::place(counter);
        if let Some(w) = self.used.get_mut(word) {
            if used {
                *w |= bit;
            } else {
                *w &= !bit;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: Epoch = [9; 16];

    fn one(role: Role) -> (Callers, RequestKey) {
        let mut callers = Callers::default();
        assert!(callers.add("a".to_owned(), RequestKey::new([1; 32]), role));
        let key = RequestKey::new([1; 32]);
        let challenge = [2; 32];
        let welcome = callers
            .hello("a", &challenge, &key.hello("a", &challenge), EPOCH)
            .unwrap();
        assert!(frame::same(&welcome, &key.welcome("a", &challenge, &EPOCH)));
        (callers, key)
    }

    fn ask(
        callers: &mut Callers,
        key: &RequestKey,
        epoch: Epoch,
        counter: u64,
    ) -> Result<RequestHash, Unproven> {
        let (mac, _) = key.ask("a", &epoch, counter, &Ask::Status);
        callers.check(
            "a",
            &Proof {
                epoch,
                counter,
                mac,
            },
            &Ask::Status,
        )
    }

    #[test]
    fn a_counter_counts_once_within_the_window() {
        let (mut callers, key) = one(Role::Monitor);
        assert_eq!(ask(&mut callers, &key, EPOCH, 0), Err(Unproven::Replayed));
        for counter in [1, 2, 5, 3, 5_000] {
            assert!(ask(&mut callers, &key, EPOCH, counter).is_ok(), "{counter}");
            assert_eq!(
                ask(&mut callers, &key, EPOCH, counter),
                Err(Unproven::Replayed)
            );
        }
        // 5,000 − 4,096 is the first that lies too far back.
        assert_eq!(ask(&mut callers, &key, EPOCH, 904), Err(Unproven::Replayed));
        assert!(ask(&mut callers, &key, EPOCH, 905).is_ok());
        assert!(ask(&mut callers, &key, EPOCH, u64::MAX).is_ok());
        assert_eq!(ask(&mut callers, &key, EPOCH, 905), Err(Unproven::Replayed));
        assert!(ask(&mut callers, &key, EPOCH, u64::MAX - 4_095).is_ok());
        assert_eq!(
            ask(&mut callers, &key, EPOCH, u64::MAX - 4_096),
            Err(Unproven::Replayed)
        );
    }

    #[test]
    fn a_new_hello_ends_the_old_epoch() {
        let (mut callers, key) = one(Role::Monitor);
        assert!(ask(&mut callers, &key, EPOCH, 1).is_ok());
        let next = [8; 16];
        let challenge = [3; 32];
        callers
            .hello("a", &challenge, &key.hello("a", &challenge), next)
            .unwrap();
        assert_eq!(ask(&mut callers, &key, EPOCH, 2), Err(Unproven::NotYou));
        assert!(ask(&mut callers, &key, next, 1).is_ok());
    }

    #[test]
    fn nothing_is_answered_without_the_key() {
        let (mut callers, key) = one(Role::Orchestrator);
        let other = RequestKey::new([2; 32]);
        assert_eq!(ask(&mut callers, &other, EPOCH, 1), Err(Unproven::NotYou));
        let challenge = [4; 32];
        let forged = other.hello("a", &challenge);
        assert_eq!(
            callers.hello("a", &challenge, &forged, [7; 16]),
            Err(Unproven::NotYou)
        );
        assert!(
            ask(&mut callers, &key, EPOCH, 1).is_ok(),
            "a forged hello ends nothing"
        );
        let (mac, _) = key.ask("a", &EPOCH, 2, &Ask::Status);
        let proof = Proof {
            epoch: EPOCH,
            counter: 2,
            mac,
        };
        let other_ask = Ask::Freeze { reason: "" };
        assert_eq!(
            callers.check("a", &proof, &other_ask),
            Err(Unproven::NotYou)
        );
        assert_eq!(
            callers.check("b", &proof, &Ask::Status),
            Err(Unproven::NotYou)
        );
        assert!(
            callers.check("a", &proof, &Ask::Status).is_ok(),
            "and uses no counter up"
        );
    }

    #[test]
    fn each_role_has_its_methods_and_no_other() {
        use Method::{ApplyNote, ExplainOrder, Freeze, GetStatus, SignOrder};
        for (role, may) in [
            (
                Role::Orchestrator,
                &[SignOrder, ExplainOrder, GetStatus, ApplyNote, Freeze][..],
            ),
            (Role::Operator, &[GetStatus, ApplyNote, Freeze]),
            (Role::Monitor, &[GetStatus]),
        ] {
            for method in [SignOrder, ExplainOrder, GetStatus, ApplyNote, Freeze] {
                assert_eq!(
                    role.may(method),
                    may.contains(&method),
                    "{role:?} {method:?}"
                );
            }
        }
        let (mut callers, key) = one(Role::Monitor);
        let ask = Ask::Freeze { reason: "" };
        let (mac, _) = key.ask("a", &EPOCH, 1, &ask);
        let proof = Proof {
            epoch: EPOCH,
            counter: 1,
            mac,
        };
        assert_eq!(callers.check("a", &proof, &ask), Err(Unproven::NotYours));
    }
}
