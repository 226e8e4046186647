package bench

import (
	"strings"
	"testing"
)

func TestUpdatesThatWaitForABoot(t *testing.T) {
	for _, c := range []struct {
		pending []string
		want    string // "" for not refused
	}{
		{nil, ""},
		{[]string{"rename"}, ""},
		{[]string{"something new"}, ""},
		{[]string{"cbs"}, "updates_pending: component servicing on the guest"},
		{[]string{"cbs", "wu", "rename"}, "component servicing and Windows Update"},
	} {
		err := refusePending(c.pending)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want %q", c.pending, err, c.want)
		}
	}
}
