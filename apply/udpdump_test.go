package apply

import (
	"encoding/json"
	"testing"

	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/results/record"
)

// Whatever a guest says of UDP, a switch is on, off or not known, and why can be shown.
func FuzzUDPAnswer(f *testing.F) {
	for _, s := range []string{
		`{"problems":{},"dump":["set global uro=disabled"]}`,
		`{"problems":{},"dump":{"value":["set global uso=enabled uro=ENABLED"],"Count":1}}`,
		`{"problems":{"dump":"\u001b[31mexit code 1"},"dump":null}`,
		`{"dump":["set global uro=","set global uro","set global =uro","set global uro=default","","set"]}`,
		`{"dump":"set global uro=disabled"}`,
		`{}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var d udpDump
		if json.Unmarshal(text, &d.UDPAnswer) != nil {
			return
		}
		s, err := d.switched(record.Place{ID: "udp.uro", Kind: string(matrix.NetshUDPGlobal), Name: "uro"})
		switch {
		case err != nil && (s.Exists || !foreign.Printable(err.Error())):
			t.Errorf("%+v, %q", s, err)
		case err == nil && (!s.Exists || s.Data != "enabled" && s.Data != "disabled" || len(d.Dump) == 0):
			t.Errorf("%s is taken as %+v", text, s)
		}
	})
}
