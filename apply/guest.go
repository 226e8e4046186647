package apply

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"unicode/utf8"

	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/apply/winrm/output"
	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Guest is one Windows guest under the harness's control.
type Guest struct {
	// Monitor watches the machine from outside; nil where nothing can.
	Monitor Monitor
	// Disk is the id of a lab's boot disk, as its host knows it; "" for every other guest.
	Disk string
	// Campaign is what is being done to the guest; nil where that is not known.
	Campaign *Campaign

	runner *texts
	data   netip.Addr // the address under test
	port   int        // WinRM's port in the guest
	clock  terms.Clock

	mu       sync.Mutex
	dialect  dialect         // nil until the guest was asked
	expected record.Identity // the machine that it has to be; zero for any
	history  history         // what is known of what it has
	owed     *Drivers        // what Restore undoes besides the originals; nil for nothing
}

// history is what a Guest knows of how its machine came by what it has.
type history struct {
	met    bool            // its originals were read before anything was written
	booted bool            // a boot was proven
	wrote  map[string]bool // keys of the places that were written since it booted
}

// lasts says whether a word that the guest was found to have is there to stay, or is what was
// found. A value of the registry always is.
func (h history) lasts(t Target) bool {
	return inRegistry(t.Place) || !h.wrote[t.Place.Key()] && (h.booted || h.met && t.Asked == matrix.Found)
}

// recall changes what is known of the guest's history.
func (g *Guest) recall(change func(h *history)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change(&g.history)
}

// New makes a guest of a runner, the address under test and the port at which
// WinRM listens in the guest.
func New(r terms.Runner, data netip.Addr, port int, clock terms.Clock) *Guest {
	return &Guest{runner: &texts{Runner: r}, data: data, port: port, clock: clock}
}

// Through is the same guest, reached by another way; either may write what the other does not
// know of.
func (g *Guest) Through(r terms.Runner) *Guest {
	g.recall(func(h *history) { *h = history{} })
	other := New(r, g.data, g.port, g.clock)
	other.Disk, other.Campaign, other.owed, other.expected = g.Disk, g.Campaign, g.owed, g.expects()
	return other
}

// Lost says whether err means that the guest could not be reached or the
// connection broke, as opposed to an answer of the guest.
func Lost(err error) bool { return winrm.Lost(err) }

// WindowsOf is the guest's Windows by its build number and product type. What nothing is known of is
// an error: no setting is written there.
func WindowsOf(f record.Guest) (matrix.Windows, error) {
	w, err := matrix.WindowsOf(f.Build, f.ProductType)
	if err != nil {
		return w, trouble.Hint(err, "send in what `vnettune doctor CAMPAIGN --record FILE` writes, with the words: build %d, product type %d", f.Build, f.ProductType)
	}
	return w, nil
}

// GenerationOf is the generation of the guest's Windows.
func GenerationOf(f record.Guest) (matrix.Generation, error) {
	w, err := WindowsOf(f)
	return w.Generation, err
}

// Facts asks the guest. The second result is the raw answer. Another machine than the
// expected one is an *OtherMachineError.
func (g *Guest) Facts(ctx context.Context) (record.Guest, []byte, error) {
	var (
		f   record.Guest
		raw []byte
		err error
	)
	if d := g.spoken(); d != nil {
		f, raw, err = d.Facts(ctx)
	} else {
		_, f, raw, err = g.findDialect(ctx)
	}
	if err != nil {
		return record.Guest{}, raw, fmt.Errorf("guest facts: %w", err)
	}
	if f.Build == 0 || f.BootTime == 0 || f.Now == 0 {
		why := f.Unasked()
		if why == "" {
			why = strings.TrimSpace(terms.Excerpt(raw))
		}
		return record.Guest{}, raw, fmt.Errorf("guest facts: the answer lacks the build, the boot time or the clock: %s", why)
	}
	if g.runner.learn(f.OEMCodePage) {
		return g.Facts(ctx)
	}
	f.Disk = g.Disk
	return f, raw, g.Is(record.IdentityOf(f, record.Adapter{}))
}

// AdapterUnderTest is the virtio adapter that has the address under test.
func (g *Guest) AdapterUnderTest(f record.Guest) (record.Adapter, error) {
	for _, part := range []string{"adapters", "addresses"} {
		if why := f.Problems[part]; why != "" {
			return record.Adapter{}, trouble.Hint(fmt.Errorf("the guest's %s cannot be read: %s", part, why), "see what keeps Get-CimInstance -Namespace root/StandardCimv2 back on the guest")
		}
	}
	var have []string
	var moved *record.Adapter // that which had it
	known := g.expects().Adapter
	for i, a := range f.Adapters {
		if a.Has(g.data) {
			if !a.Virtio() {
				return record.Adapter{}, trouble.Hint(fmt.Errorf("address under test %s belongs to %q (%s), which is no virtio adapter", g.data, a.Name, a.PNPID), "set guest.data to an address of a virtio adapter")
			}
			return a, nil
		}
		have = append(have, fmt.Sprintf("%s %v", a.Name, []string(a.Addresses)))
		if known != "" && strings.EqualFold(a.GUID, known) {
			moved = &f.Adapters[i]
		}
	}
	if moved != nil {
		return record.Adapter{}, trouble.Hint(fmt.Errorf("address under test %s is gone from the guest: its adapter %q has %v now", g.data, moved.Name, []string(moved.Addresses)),
			"give it its address back; a campaign with another guest.data needs a store of its own, once this guest is restored")
	}
	return record.Adapter{}, trouble.Hint(fmt.Errorf("address under test %s belongs to no adapter of the guest", g.data), "set guest.data to one of: %s", strings.Join(have, "; "))
}

// texts is a Runner whose answers are UTF-8 where the guest wrote its OEM code page
// (docs/facts/windows-samples.md 5.1). Which page that is comes with the facts, so that the first answers
// may have been read without it.
type texts struct {
	terms.Runner

	mu   sync.Mutex
	page string // OEM code page, "" while it is not known
	raw  bool   // standard output was not UTF-8, and the page not known
}

// Run implements Runner.
func (t *texts) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	result, err := t.Runner.Run(ctx, command, stdin)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.raw = t.raw || t.page == "" && !utf8.Valid(result.Stdout) && !output.Wide(result.Stdout)
	if t.page != "" {
		result.Stdout, result.Stderr = []byte(output.Text(result.Stdout, t.page)), []byte(output.Text(result.Stderr, t.page))
	}
	return result, err
}

// learn takes the guest's OEM code page and says whether answers were read without
// it that have now to be asked for again.
func (t *texts) learn(page string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	again := t.raw && t.page == "" && page != ""
	t.page, t.raw = page, false
	return again
}
