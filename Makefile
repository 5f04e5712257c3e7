# Every command a person needs. Each does its own set-up on a machine that has
# Rust, a C compiler and make.

CARGO ?= cargo
VECTORS ?= proto/order/vectors
VAULT_CRASHES ?= 70000
OUTBOX_CRASHES ?= 30000
CAMPAIGNS ?= 100
VAULT_CAMPAIGNS ?= 10000
SEED ?= 1
ROUNDS ?= 5
ORDERS ?= 100000
SECONDS ?= 60
ROOMS ?= order note policy

# cargo-deny, built once and kept outside the tree.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME:%=%/.cache),target)
DENY_VERSION := 0.20.2
DENY := $(CACHE)/countersign/cargo-deny-$(DENY_VERSION)/bin/cargo-deny

# cargo-mutants, the same.
MUTANTS_VERSION := 27.1.0
MUTANTS := $(CACHE)/countersign/cargo-mutants-$(MUTANTS_VERSION)/bin/cargo-mutants

# The venue's own clients, as their lock files name them: installed once for
# each state of the locks, outside the tree, and never changed.
INTEROP := $(CACHE)/countersign/interop-$(shell cat tests/interop/npm/package-lock.json tests/interop/npm/.npmrc tests/interop/pypi/requirements.txt | cksum | cut -d' ' -f1)

.PHONY: help demo test crash crash-disk disk-faults attack attack-vault attack-edges mutants fuzz residue bench conformance interop lint tidy docs deny deny-report denials reasons rows

help:
	@echo "make demo                   three programs play intents, a hostile client its tricks; their books must agree"
	@echo "make demo BOOKS=<path>      the same against a recorded book, or a folder of them"
	@echo "make demo INTENTS=<file>    plays somebody's intents, one JSON object a line; NOW=yes: as if made now"
	@echo "make demo TRADES=<page>     plays a recorded page of the Data API's /v2/trades, as if it happened now"
	@echo "make demo KILLS=<seed>      the leader's session alone, a program killed on the way of any order"
	@echo "make test                   the whole suite"
	@echo "make crash                  each program killed at each of its effects, then make crash-disk; all books must agree"
	@echo "make crash-disk [SEED=<n>]   100,000 crashes of vault and outbox over a simulated disk"
	@echo "make attack [SEED=<n>] [CAMPAIGNS=<n>]   adversaries against the released programs, and against the vault's loop"
	@echo "make attack-edges [SEED=<n>]   wrong certificates, frames by hand, floods, lying clocks, canaries, a million orders hashed twice"
	@echo "make disk-faults            the signer's disk fails, or loses its power, at each operation of a session"
	@echo "make attack-vault [SEED=<n>] [VAULT_CAMPAIGNS=<n>]   its last part: 10,000 campaigns over the vault's loop"
	@echo "make residue [SEED=<n>]      as root: what the released signer leaves of its secrets in memory, with a control that leaks"
	@echo "make bench [ROUNDS=<n>] [ORDERS=<n>]   how fast, beside what it cannot be faster than; STRICT=yes fails on a target"
	@echo "make mutants [ROOMS=<list>]   order, note and policy with one thing wrong at a time: some test must fail each time"
	@echo "make fuzz [SECONDS=<n>]      bytes that break a parser, looked for; each target as long"
	@echo "make conformance [VECTORS=<dir>]   vectors of the official clients and the exchange contract"
	@echo "make interop                the exchange's npm and PyPI clients against the simulator, their requests against ours"
	@echo "make lint                   formatting and clippy, warnings denied"
	@echo "make docs                   the crates' documentation, warnings denied"
	@echo "make deny                   licences, bans and sources of what is built upon (builds cargo-deny once)"
	@echo "make deny-report            the same with advisories (asks the network), as preflight reads it"
	@echo "make denials                writes deploy/DENIALS.md from the catalogue of denials"
	@echo "make reasons                writes deploy/REASONS.md from the catalogue of why a trade is not copied"
	@echo "make rows                   writes tests/ROWS.md: each row of the requirements, and the tests that show it"
	@echo "make tidy                   who imports whom and who names the key; prints how much code is trusted with it"

demo:
	$(CARGO) build --release --locked -p signer -p vault -p signerctl -p orchestrator -p venue -p tests
	target/release/demo $(if $(BOOKS),--books "$(BOOKS)") $(if $(INTENTS),--intents "$(INTENTS)" $(if $(filter yes,$(NOW)),--now)) $(if $(TRADES),--trades "$(TRADES)") $(if $(KILLS),--kills $(KILLS))

test:
	$(CARGO) test --workspace --locked

crash:
	$(CARGO) build --release --locked -p signer -p vault -p signerctl -p orchestrator -p venue -p tests
	target/release/crash
	$(MAKE) --no-print-directory crash-disk

# The ordinary tests of this name, made long: a failure names its seed.
crash-disk:
	COUNTERSIGN_CRASHES=$(VAULT_CRASHES) COUNTERSIGN_SEED=$(SEED) $(CARGO) test --release --locked -p vault \
		-- --exact --nocapture tests::crashes::nothing_that_left_a_vault_is_taken_back_by_a_crash
	COUNTERSIGN_CRASHES=$(OUTBOX_CRASHES) COUNTERSIGN_SEED=$(SEED) $(CARGO) test --release --locked -p orchestrator --lib \
		-- --exact --nocapture pipeline::crashes::no_crash_of_the_pipeline_forgets_doubles_or_invents_a_trade

# A line for each attack. The signer that records nothing is the bench's: it
# forgets its charges when it is killed, and must be caught.
attack:
	$(CARGO) build --release --locked -p signer -p vault -p signerctl -p orchestrator -p venue -p tests
	$(CARGO) rustc --release --locked -p vault --target-dir $(BENCH) \
		-- --cfg countersign_record_off -C debug-assertions=on
	mkdir -p $(BENCH)/signer-that-forgets && cp target/release/signer $(BENCH)/signer-that-forgets
	mv $(BENCH)/release/signer-vault $(BENCH)/signer-that-forgets
	target/release/attack campaigns --seed $(SEED) --campaigns $(CAMPAIGNS)
	target/release/attack fees --seed $(SEED)
	target/release/attack control --seed $(SEED) --campaigns $(CAMPAIGNS) --forgets $(BENCH)/signer-that-forgets/signer
	$(MAKE) --no-print-directory attack-vault
	$(MAKE) --no-print-directory attack-edges
	$(MAKE) --no-print-directory disk-faults

# The ordinary test of this name, made long: a failure names seed and campaign.
attack-vault:
	COUNTERSIGN_CAMPAIGNS=$(VAULT_CAMPAIGNS) COUNTERSIGN_SEED=$(SEED) $(CARGO) test --release --locked -p vault \
		-- --exact --nocapture tests::campaigns::no_campaign_takes_more_than_the_status_said_before_it

# The ordinary tests of these names, made long: each prints its figures, and a
# failure names its turn.
attack-edges:
	set -e; for story in certificates:28 raw_frames:5000 slow_clients:5000 hashed_twice:1000000 canaries:1 clocks_that_lie:1; do \
		COUNTERSIGN_TURNS=$${story#*:} COUNTERSIGN_SEED=$(SEED) $(CARGO) test --release --locked -p tests \
			--test $${story%:*} -- --nocapture --test-threads=1; done
	$(CARGO) test --release --locked -p vault -- --nocapture tests::clocks

# The ordinary tests of this name, at every operation.
disk-faults:
	COUNTERSIGN_FAULTS=all $(CARGO) test --locked -p tests --test a_failing_disk -- --nocapture

# The signer that leaks is built as the bench's is: with the assertions that no
# release has, into the same folder of its own.
residue:
	$(CARGO) build --release --locked -p signer -p vault -p signerctl -p orchestrator -p venue -p tests
	$(CARGO) rustc --release --locked -p vault --target-dir $(BENCH) \
		-- --cfg countersign_leak_on -C debug-assertions=on
	mkdir -p $(BENCH)/signer-that-leaks && cp target/release/signer $(BENCH)/signer-that-leaks
	mv $(BENCH)/release/signer-vault $(BENCH)/signer-that-leaks
	target/release/residue --leaky $(BENCH)/signer-that-leaks/signer --seed $(SEED)

# On this disk, since temporary files may stand in memory. The signer that
# records nothing is built with the assertions that no release has, into a
# folder of its own; peers are reported only, and PEERS=no spares their build.
BENCH := $(CURDIR)/target/bench
BENCH_BUILD = $(CARGO) build --release --locked --manifest-path bench/Cargo.toml --target-dir $(BENCH)

bench:
	$(CARGO) build --release --locked -p signer -p vault -p signerctl -p orchestrator -p venue
	$(CARGO) rustc --release --locked -p vault --target-dir $(BENCH) \
		-- --cfg countersign_record_off -C debug-assertions=on
	cp target/release/signer $(BENCH)/release
	$(BENCH_BUILD) -p curve --no-default-features
	cp $(BENCH)/release/curve $(BENCH)/release/curve-without-tables
	$(BENCH_BUILD) -p curve
	$(BENCH_BUILD) -p bench
	rm -f $(BENCH)/release/peers
	$(if $(filter no,$(PEERS)),,$(BENCH_BUILD) -p peers)
	TMPDIR=$(BENCH) $(BENCH)/release/bench --rounds $(ROUNDS) --orders $(ORDERS) \
		$(if $(filter yes,$(STRICT)),--strict)

# Each room with one thing wrong at a time, in two copies of the tree. What no
# test of the room's own notices, and no line of .cargo/mutants.toml explains,
# fails it. SHARD=0/8 is the first eighth.
SHARD ?= 0/1

mutants: $(MUTANTS)
	tests/mutants.sh "$(MUTANTS)" "$(CURDIR)/target/mutants" "$(SHARD)" $(ROOMS)

# LLVM's fuzzer with the pinned compiler: its counters are an ordinary pass. What
# a run adds is kept beside the build; what breaks a target is named and printed.
FUZZ := $(CURDIR)/target/fuzz
FUZZ_HOST = $(shell rustc -vV | sed -n 's/^host: //p')
FUZZ_FLAGS := -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
	-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
	-Cllvm-args=-sanitizer-coverage-trace-compares
FUZZ_TARGETS ?= frame intent note config keystore

fuzz:
	RUSTFLAGS="$(FUZZ_FLAGS)" $(CARGO) build --release --locked --manifest-path tests/fuzz/drive/Cargo.toml \
		--target-dir $(FUZZ) --target $(FUZZ_HOST)
	$(CARGO) run --quiet --locked -p fuzz --example seeds -- $(FUZZ)/seeds
	@for target in $(FUZZ_TARGETS); do \
		mkdir -p $(FUZZ)/found/$$target $(FUZZ)/broken; \
		printf '== %s\n' $$target; \
		COUNTERSIGN_FUZZ=$$target $(FUZZ)/$(FUZZ_HOST)/release/drive -max_total_time=$(SECONDS) -max_len=8192 \
			-timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix=$(FUZZ)/broken/$$target- \
			$(FUZZ)/found/$$target tests/fuzz/corpus/$$target $(FUZZ)/seeds/$$target > $(FUZZ)/$$target.log 2>&1 \
			|| { tail -n 40 $(FUZZ)/$$target.log; exit 1; }; \
		grep -E 'DONE|stat::number_of_executed_units|stat::average_exec_per_sec' $(FUZZ)/$$target.log; \
	done

conformance:
	$(CARGO) run --quiet --locked -p conformance -- $(VECTORS)

interop: $(INTEROP)/npm/installed $(INTEROP)/pypi/installed
	$(CARGO) build --release --locked -p signer -p vault -p signerctl -p orchestrator -p venue -p tests
	$(CARGO) test --locked --manifest-path tests/interop/notes/Cargo.toml
	target/release/interop --npm $(INTEROP)/npm --pypi $(INTEROP)/pypi/bin/python

$(INTEROP)/npm/installed:
	rm -rf $(@D) && mkdir -p $(@D)
	cp tests/interop/npm/package.json tests/interop/npm/package-lock.json tests/interop/npm/.npmrc $(@D)
	cd $(@D) && npm ci --ignore-scripts
	touch $@

$(INTEROP)/pypi/installed:
	rm -rf $(@D) && mkdir -p $(@D)
	python3 -m venv $(@D)
	$(@D)/bin/pip --quiet --disable-pip-version-check install --require-hashes --only-binary :all: --requirement tests/interop/pypi/requirements.txt
	touch $@

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) fmt --manifest-path bench/Cargo.toml --all --check
	$(CARGO) clippy --release --locked --manifest-path bench/Cargo.toml --target-dir $(BENCH) -p bench -p curve --all-targets -- -D warnings

tidy:
	$(CARGO) test --quiet --locked -p tests --test tidy -- --nocapture --test-threads=1

denials:
	text=$$($(CARGO) run --quiet --locked -p policy --example denials) && printf '%s\n' "$$text" > deploy/DENIALS.md

reasons:
	text=$$($(CARGO) run --quiet --locked -p plan --example reasons) && printf '%s\n' "$$text" > deploy/REASONS.md

rows:
	text=$$($(CARGO) run --quiet --locked -p tests --example rows) && printf '%s\n' "$$text" > tests/ROWS.md

docs:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

$(MUTANTS):
	$(CARGO) install --quiet --locked --version $(MUTANTS_VERSION) --root $(CACHE)/countersign/cargo-mutants-$(MUTANTS_VERSION) cargo-mutants

deny: $(DENY)
	$(DENY) --locked check -D warnings licenses bans sources

deny-report: $(DENY)
	said=$$($(DENY) --locked check -D warnings advisories licenses bans sources 2>&1) && \
		{ sha256sum Cargo.lock; printf '%s\n' "$$said"; } > target/deny-report

$(DENY):
	$(CARGO) install --quiet --locked --version $(DENY_VERSION) --root $(CACHE)/countersign/cargo-deny-$(DENY_VERSION) cargo-deny
