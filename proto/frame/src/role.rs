//! Roles: what a caller may ask.

use crate::ask::Method;

/// What a caller is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Signs, explains, carries notes, freezes.
    Orchestrator,
    /// Carries notes and freezes.
    Operator,
    /// Looks.
    Monitor,
}

impl Role {
    /// The role of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "orchestrator" => Some(Self::Orchestrator),
            "operator" => Some(Self::Operator),
            "monitor" => Some(Self::Monitor),
            _ => None,
        }
    }

    /// Whether it may use `method`.
    #[must_use]
    pub const fn may(self, method: Method) -> bool {
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
