package apply

import (
	"strings"
	"testing"

	"vnettune/apply/terms"
	"vnettune/results/record"
)

// Windows prints NewReno where netsh was given none: the value is as asked.
func TestNoneIsNewReno(t *testing.T) {
	is := func(kind, data string) record.State { return record.State{Exists: true, Kind: kind, Data: data} }
	for _, c := range []struct {
		a, b record.State
		want bool
	}{
		{is(word, "none"), is(word, "NewReno"), true},
		{is(word, "NewReno"), is(word, "none"), true},
		{is(word, "none"), is(word, "cubic"), false},
		{is("String", "none"), is("String", "NewReno"), false},
	} {
		if same(c.a, c.b) != c.want {
			t.Errorf("%+v and %+v: want %t", c.a, c.b, c.want)
		}
	}
}

// A smaller record number is of a log that was made anew: no sign of a boot, and said so.
func TestALogThatWasMadeAnew(t *testing.T) {
	before, smaller, later := "100", "7", "101"
	w := &bootWatch{}
	w.reboot.EventBefore = &before
	for event, want := range map[*string]string{&smaller: "made anew: its newest boot event is 7 and was 100", &before: "is the one from before"} {
		if newer(&before, event) {
			t.Errorf("%s is newer than %s", *event, before)
		}
		if err := w.unproven(terms.BootAnswer{BootEvent: event}); !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if !newer(&before, &later) {
		t.Errorf("%s is not newer than %s", later, before)
	}
}
