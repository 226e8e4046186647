package campaign_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
)

// The A/A campaign of a campaign has its guest and its way of measuring, and boots nothing but the baseline.
func TestNoiseRun(t *testing.T) {
	var files []string
	for _, pattern := range []string{"../../examples/*.yaml", "testdata/*.yaml"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	texts := map[string]string{"hostile": `name: hostile
guest:
  control: 192.0.2.9
  data: 192.0.2.10
  user: "a'b\\c: #dü"
  password_env: "_012"
  rescue: {dead_man: 10m}
design: list
arms: [{name: a, set: {tcp.rss: disabled}}]
baseline: {afd.DefaultSendWindow: 0x100000, own.A: 1}
define: {own.A: {key: 'HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters', value: "A_b", type: DWord, values: [0, 1]}}
workloads:
  - {name: u, protocol: udp, direction: to-guest, length: 512, rate: {from: 10M, to: 1G, loss_below: 1%}}
  - {protocol: latency}
margins: {loss: 0.2}
notify: {command: [mail, me]}
seed: 18446744073709551615
`}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		texts[f] = string(text)
	}
	for name, text := range texts {
		c, err := campaign.Parse(name, []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		made := campaign.NoiseRun([]byte(text))
		aa, err := campaign.Parse(name, made)
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, made)
			continue
		}
		if aa.Design.Kind != matrix.AA || aa.Blocks != 1 || aa.Notify.Command != nil {
			t.Errorf("%s: design %q, %d blocks, notifies %q", name, aa.Design.Kind, aa.Blocks, aa.Notify.Command)
		}
		p, err := aa.Plan(matrix.W10)
		if err != nil || len(p.Slots) != campaign.NoiseBoots || !p.AA() {
			t.Errorf("%s: %d boots, %v", name, len(p.Slots), err)
		}
		want := aa
		want.Name, want.Guest, want.Host, want.Peer, want.Workloads, want.Repetitions = c.Name, c.Guest, c.Host, c.Peer, c.Workloads, c.Repetitions
		want.Margin, want.Margins, want.Seed, want.Settle, want.Limits, want.Design.Baseline = c.Margin, c.Margins, c.Seed, c.Settle, c.Limits, c.Design.Baseline
		if d := cmp.Diff(want, aa); d != "" {
			t.Errorf("%s (-want +got):\n%s\n%s", name, d, made)
		}
	}
}
