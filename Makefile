# One command each: make demo runs the main job, make test passes the tests.
# As root the targets install the Debian packages that they need and say so; without apt they say which programs they need.

BIN := bin/vnettune
OUT ?= demo-results
# Of make demo: vm or fast; without it the virtual machine where there can be one, and else the fast lab.
LAB      ?=
CAMPAIGN ?=

FAST_PACKAGES   := iproute2 util-linux iperf3
VM_PACKAGES     := $(if $(filter x86_64,$(shell uname -m)),qemu-system-x86)
LAB_PACKAGES    := $(FAST_PACKAGES) $(VM_PACKAGES)
EXTERN_PACKAGES := python3-winrm ansible chromium poppler-utils $(if $(wildcard ../shared/pwsh/pskit),wine wine64)

.PHONY: build demo samples test test-extern lint vuln bench faults fuzz calibrate release test-release clean

# One static binary: it is also the stand-in guest's init, so the symbols that nobody
# there reads are left out. Beside it the meter that goes into guests, for Windows and for the lab, with the
# hashes by which vnettune knows them: built from one source by one Go, they are the same bytes everywhere.
build:
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.source=$$(tools/version)" -o $(BIN) ./cmd/vnettune
	tools/meter $(dir $(BIN))

demo:
	tools/packages $(FAST_PACKAGES) $(if $(filter fast,$(LAB)),,$(if $(LAB),,--) $(VM_PACKAGES))
	$(MAKE) --no-print-directory build
	tools/demo $(BIN) "$(LAB)" "$(CAMPAIGN)" $(OUT)

# The samples of reports, from the store of a demo that lies beside them.
samples: build
	tools/samples $(BIN)

# Most tests of a guest wait: six at a time are no more than two processors bear. The race detector leaves
# out code without goroutines that it makes ten to 40 times as slow: what makes SQLite and the JavaScript engine,
# the arithmetic of gonum and report/stat, YAML, regular expressions, texts of numbers, and matrix, which is pure. It cannot leave out a package
# whose code has a copy of sync.Map's (modernc.org/sqlite itself has one: go tool nm, HashTrieMap): where the linker takes
# that copy for all, every cache of encoding/json looks like a race. A process under it would sleep a second
# before it ends, of which the command line's tests start hundreds; these wait most, and so are begun first.
UNRACED := modernc.org/sqlite/lib modernc.org/libc/... modernc.org/libquickjs/... modernc.org/memory modernc.org/mathutil gonum.org/... github.com/goccy/... regexp/... strconv unicode/... encoding/base64 encoding/hex vnettune/report/stat vnettune/matrix/...
test:
	tools/packages $(LAB_PACKAGES) iperf qemu-guest-agent gcc libc6-dev
	go vet ./...
	GORACE=atexit_sleep_ms=0 go test -race $(UNRACED:%=-gcflags=%=-race=false) -timeout 30m -parallel 6 ./cmd/vnettune ./...

test-extern:
	tools/packages $(LAB_PACKAGES) $(EXTERN_PACKAGES)
	$(MAKE) --no-print-directory build
	tools/test-extern $(BIN)

# Five checks, each under its name; the first that finds something ends it.
lint:
	@echo "== gofmt: files that are not formatted"
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "$$files"; echo "run gofmt -w on these"; exit 1; fi
	@echo "== go vet"
	@go vet ./...
	@echo "== staticcheck"
	@go tool -modfile=tools/go.mod staticcheck ./...
	@echo "== deadcode: functions that no program reaches"
	@tools/deadcode
	@echo "== actionlint: the example for GitHub"
	@go tool -modfile=tools/go.mod actionlint -config-file tools/actionlint.yaml -shellcheck= -pyflakes= examples/ci/github-*.yml

# Known vulnerabilities in what is called; needs govulncheck's database, so it is not in CI.
vuln:
	tools/vuln

bench:
	go test -run '^$$' -bench . -benchmem ./...

# A bisect on a guest, a campaign under every fault there is, one that is killed 30 times, and 1,000 mutated stores; some 20
# minutes. Writes docs/faults.md.
faults:
	tools/packages $(LAB_PACKAGES)
	VNETTUNE_LONG=1 go test -count=1 -timeout 30m -run 'TestScripts/bisect$$' ./cmd/vnettune
	VNETTUNE_FAULTS=all VNETTUNE_FAULTS_REPORT=$(CURDIR)/docs/faults.md VNETTUNE_KILLS=30 \
		go test -count=1 -timeout 120m -parallel 12 -run 'TestFaults$$|TestKilledAtRandomMoments$$|TestKilledInStints$$|TestMutatedStores$$' -v ./cmd/vnettune

# Every fuzz target for so many executions, one after the other; a million each take some hours.
FUZZ ?= 100000
fuzz:
	tools/fuzz $(FUZZ)

# Error rates of printed words by simulation, with fresh seeds; some 20 minutes on two cores.
calibrate:
	cd calibrate && go run .

# What is published, of a commit: archives, packages, SBOMs and their checksums, the same of every clone.
release:
	tools/release/build

# Installs and removes the package in a Debian that debootstrap makes, and compares two clones; some minutes, as root.
test-release:
	tools/packages debootstrap rpm qemu-user-static
	tools/test-release

clean:
	rm -rf bin dist $(OUT)
