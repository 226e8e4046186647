package bench_test

import (
	"strings"
	"testing"

	"vnettune/matrix"
)

// A guest whose build has less than its generation may have is refused before the first write, with
// all that it lacks.
func TestBuildThatHasLess(t *testing.T) {
	r := newRig()
	plan, err := matrix.NewPlan(matrix.W10, matrix.Design{Kind: matrix.List, Arms: []matrix.ArmSpec{
		{Name: "tuned", Set: map[string]matrix.Value{"tcp.prr": "disabled", "tcp.hystart": "disabled", "tcp.rss": "disabled"}},
	}}, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	r.spec.Plan, r.guest.build = plan, 14393
	_, err = r.run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "tcp.prr is known from build 19041 on, not on w10 (build 14393)") || !strings.Contains(err.Error(), "tcp.hystart") || strings.Contains(err.Error(), "tcp.rss") {
		t.Errorf("%v", err)
	}
	for _, line := range r.transcript {
		if strings.HasPrefix(line, "write") {
			t.Errorf("written: %v", r.transcript)
		}
	}
}
