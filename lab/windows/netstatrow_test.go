package windows

import (
	"strings"
	"testing"
)

func TestNetstatRows(t *testing.T) {
	row := socket{}
	var err error
	for text, want := range map[string]string{
		"0: 0100007F:1451 00000000:0000 0A": "  TCP    127.0.0.1:5201         0.0.0.0:0              LISTENING\n",
		"0: 020200C0:1451 010200C0:8001 01": "  TCP    192.0.2.2:5201         192.0.2.1:32769        ESTABLISHED\n",
	} {
		list, rerr := readSockets(strings.NewReader("head\n" + text + "\n"))
		if row, err = list[0], rerr; err != nil || row.row("tcp") != want {
			t.Errorf("%s: %q, %v", text, row.row("tcp"), err)
		}
	}
}
