package apply

import (
	"context"
	"fmt"
	"strings"

	"vnettune/matrix"
	"vnettune/results/record"
)

// GenerationOf derives a guest's generation from the build number (SAMPLES 4).
func GenerationOf(f record.Guest) (matrix.Generation, error) {
	switch b := f.Build; {
	case b == 2600 || b == 3790:
		return matrix.XP, nil
	case b >= 6000 && b <= 7601:
		return matrix.NT60, nil
	case b == 9200 || b == 9600:
		return matrix.NT62, nil
	case b >= 10240 && b <= 19045:
		return matrix.W10, nil
	case b == 20348 || b >= 22000:
		return matrix.W11, nil
	}
	return "", fmt.Errorf("the guest's Windows build %d is not known", f.Build)
}

// Facts asks the guest. The second result is the raw answer.
func (g *Guest) Facts(ctx context.Context) (record.Guest, []byte, error) {
	var (
		f   record.Guest
		raw []byte
		err error
	)
	if d := g.spoken(); d != nil {
		f, raw, err = d.facts(ctx)
	} else {
		_, f, raw, err = g.probe(ctx)
	}
	if err != nil {
		return record.Guest{}, raw, fmt.Errorf("guest facts: %w", err)
	}
	if f.Build == 0 || f.BootTime == 0 || f.Now == 0 {
		return record.Guest{}, raw, fmt.Errorf("guest facts: the answer lacks the build, the boot time or the clock: %s", excerpt(raw))
	}
	if g.runner.learn(f.OEMCodePage) {
		return g.Facts(ctx)
	}
	return f, raw, nil
}

// AdapterUnderTest is the virtio adapter that has the address under test.
func (g *Guest) AdapterUnderTest(f record.Guest) (record.Adapter, error) {
	var have []string
	for _, a := range f.Adapters {
		if a.Has(g.data) {
			if !a.Virtio() {
				return record.Adapter{}, fmt.Errorf("address under test %s belongs to %q (%s), which is no virtio adapter; set guest.data to an address of a virtio adapter", g.data, a.Name, a.PNPID)
			}
			return a, nil
		}
		have = append(have, fmt.Sprintf("%s %v", a.Name, []string(a.Addresses)))
	}
	return record.Adapter{}, fmt.Errorf("address under test %s belongs to no adapter of the guest; it has: %s", g.data, strings.Join(have, "; "))
}
