//! A table of system calls, as a filter in the kernel.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter_all_threads,
};

use crate::calls::Call;

/// Lets these pass, and kills the process at any other.
pub(crate) fn close(calls: &[Call]) -> Result<(), String> {
    let program = program(calls).map_err(|e| format!("seccomp: {e}"))?;
    apply_filter_all_threads(&program).map_err(|e| {
        let fix = "the kernel was built without CONFIG_SECCOMP_FILTER, or forbids it";
        format!("seccomp: {e} ({fix})")
    })
}

fn program(calls: &[Call]) -> Result<BpfProgram, BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for call in calls {
        let of = rules.entry(call.number).or_default();
        if !call.when.is_empty() {
            let conditions = call.when.iter().map(|test| {
                let op = SeccompCmpOp::MaskedEq(test.bits.unsigned_abs().into());
                let is = test.is.unsigned_abs().into();
                SeccompCondition::new(test.argument, SeccompCmpArgLen::Dword, op, is)
            });
            of.push(SeccompRule::new(conditions.collect::<Result<_, _>>()?)?);
        }
    }
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let (kill, allow) = (SeccompAction::KillProcess, SeccompAction::Allow);
    SeccompFilter::new(rules, kill, allow, arch)?.try_into()
}
