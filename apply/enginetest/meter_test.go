package enginetest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vnettune/bench/meter"
	"vnettune/results/record"
	"vnettune/spawn"
)

// noNetReset is how Go names WSAEOPNOTSUPP, by which Wine 8 answers what Go asks of each UDP socket; Windows has it.
const noNetReset = "wsaioctl: winapi error #10045"

// TestTheMeterOfWindows: meter.exe, as a guest gets it, under Wine against the client of this
// host: every figure comes out, and it ends with its starter.
func TestTheMeterOfWindows(t *testing.T) {
	k := engine(t)
	exe := filepath.Join(t.TempDir(), "meter.exe")
	build := spawn.Command(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-o", exe, "vnettune/cmd/meter")
	build.Env = append(build.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := spawn.Command(t.Context(), "wine", exe, "serve")
	cmd.Env = append(cmd.Environ(), "WINEPREFIX="+filepath.Join(k.dir, "prefix"), "WINEDEBUG=-all")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	config := meter.Config{Peer: netip.MustParseAddr("127.0.0.1"), Token: meter.NewToken(), Idle: 600, Limit: 600}
	line, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(in, "%s\n", line)
	var listens struct{ Port int }
	said, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(said, &listens)
	}
	if err != nil {
		t.Fatalf("meter.exe says %q: %v", said, err)
	}
	target := meter.Target{Address: "127.0.0.1", Port: listens.Port, Token: config.Token}
	for name, p := range map[string]meter.Params{
		"latency, closed":     {Kind: meter.KindRR, Request: 64, Response: 64},
		"latency, open":       {Kind: meter.KindRR, Request: 64, Response: 64, Rate: 200},
		"latency, under load": {Kind: meter.KindRR, Request: 64, Response: 64, Load: &meter.Load{Direction: meter.ToServer, Streams: 1}},
		"tcp to it":           {Kind: meter.KindTCP, Direction: meter.ToServer, Streams: 2},
		"tcp from it":         {Kind: meter.KindTCP, Direction: meter.FromServer, Streams: 2},
		"udp to it":           {Kind: meter.KindUDP, Direction: meter.ToServer, Streams: 1, Rate: 1e6, Length: 1200},
		"udp from it":         {Kind: meter.KindUDP, Direction: meter.FromServer, Streams: 1, Rate: 1e6, Length: 1200},
	} {
		p.Seconds, p.WarmUp = 1, 0.2
		d := meter.Client{}.Run(t.Context(), target, p)
		o := d.Outcome(time.Second)
		if p.Kind == meter.KindUDP && strings.Contains(o.Reason, noNetReset) {
			t.Logf("NOT TESTED: %s: this Wine opens no UDP socket for Go (SIO_UDP_NETRESET): %s", name, o.Reason)
			continue
		}
		if o.Class != record.OK || len(o.Metrics) == 0 || d.Server.OS != "windows" {
			t.Errorf("%s, of %s: %s: %s", name, d.Server.OS, o.Class, o.Reason)
		}
		for _, m := range o.Metrics {
			t.Logf("%s: %s %.4g %s", name, m.Name, m.Value, m.Unit)
		}
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("when its starter had gone it ended with %v", err)
	}
}
