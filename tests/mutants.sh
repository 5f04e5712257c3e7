#!/usr/bin/env bash
# Puts one thing wrong at a time into each room that it is given, runs that
# room's own tests, and says how many were caught. What is missed, or runs out
# of time, and stands with no reason in .cargo/mutants.toml, fails it.
set -euo pipefail
cd "$(dirname "$0")/.."

mutants=$1 out=$2 shard=$3
shift 3

# The same cases each time, and the first that fails is enough.
export CARGO_INCREMENTAL=0 PROPTEST_RNG_SEED=1 PROPTEST_MAX_SHRINK_ITERS=0 PROPTEST_DISABLE_FAILURE_PERSISTENCE=1

lines() { if [ -f "$1" ]; then wc -l <"$1"; else echo 0; fi; }

all=$(mktemp)
trap 'rm -f "$all"' EXIT
for room in order note policy; do
    "$mutants" mutants --list --no-config -p "$room" >>"$all"
done
failed=0
while IFS= read -r reason; do
    if ! grep -qE -- "$reason" "$all"; then
        printf 'explained, and not there: %s\n' "$reason"
        failed=1
    fi
done < <(sed -n "s/^    '\(.*\)',\$/\1/p" .cargo/mutants.toml)

for room in "$@"; do
    there=$("$mutants" mutants --list --no-config -p "$room" | wc -l)
    if [ "$there" -eq 0 ]; then
        printf '== %s: no such room, or nothing in it to put wrong: order, note, policy\n' "$room"
        exit 1
    fi
    tried=$("$mutants" mutants --list -p "$room" | wc -l)
    printf '== %s: %s mutants, %s of them explained\n' "$room" "$there" "$((there - tried))"
    rm -rf "${out:?}/$room"
    mkdir -p "$out/$room"
    started=$(date +%s)
    # First without the stories that take longest, then with them for what is left.
    # 2 and 3 say that some are left; anything else, that none were tried.
    ended=0
    "$mutants" mutants -p "$room" --jobs 2 --shard "$shard" --no-shuffle --output "$out/$room" -- --lib --tests \
        -- --skip adversary:: --skip properties:: --skip clones:: --skip histories:: || ended=$?
    case $ended in
    0 | 2 | 3) ;;
    *) exit 1 ;;
    esac
    caught=$(lines "$out/$room/mutants.out/caught.txt")
    unviable=$(lines "$out/$room/mutants.out/unviable.txt")
    "$mutants" mutants -p "$room" --jobs 2 --shard "$shard" --no-shuffle --output "$out/$room" --iterate \
        -- --lib --tests || failed=1
    said=$out/$room/mutants.out
    printf '== %s: %s caught, %s unviable, %s missed, %s out of time, %s explained, in %s s\n' "$room" \
        "$((caught + $(lines "$said/caught.txt")))" "$((unviable + $(lines "$said/unviable.txt")))" "$(lines "$said/missed.txt")" \
        "$(lines "$said/timeout.txt")" "$((there - tried))" "$(($(date +%s) - started))"
done
exit "$failed"
