package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/bench/guesttest"
	"vnettune/lab"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
)

// contractEnv names a campaign file; TestContract checks the contract on its guest.
// A real Windows guest is checked with VNETTUNE_CONTRACT_CAMPAIGN=my.yaml
// go test ./cmd/vnettune -run TestContract. It is rebooted several times.
const contractEnv = "VNETTUNE_CONTRACT_CAMPAIGN"

const labCampaign = `
name: contract
guest:
  lab: {kind: fast, generation: w10}
design: list
arms:
  - set: {tcp.autotuninglevel: disabled}
`

func TestContract(t *testing.T) {
	file := os.Getenv(contractEnv)
	if file == "" {
		testContractInALab(t)
		return
	}
	c, _, err := loadCampaign(file)
	if err != nil {
		t.Fatal(err)
	}
	g, err := reach(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	guesttest.Run(t, guesttest.Subject{Guest: g.Guest, Setting: autotuning(t), Value: "disabled", Limits: apply.RebootLimits(campaign.DefaultReboot)})
}

func autotuning(t *testing.T) matrix.Planned {
	s, ok := matrix.Catalogue().Lookup("tcp.autotuninglevel")
	if !ok {
		t.Fatal("the catalogue has no tcp.autotuninglevel")
	}
	return matrix.Planned{Setting: s, Form: s.Forms[matrix.W10]}
}

// testContractInALab runs TestContract again inside a fast lab of its own.
func testContractInALab(t *testing.T) {
	if err := fastLab(); err != nil {
		t.Skipf("NOT TESTED: the contract on the stand-in guest: %v", err)
	}
	file := filepath.Join(t.TempDir(), "contract.yaml")
	if err := os.WriteFile(file, []byte(labCampaign), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := campaign.Parse(file, []byte(labCampaign))
	if err != nil {
		t.Fatal(err)
	}
	out, err := upLab(t, labName(c)).enter([]string{self(t), "-test.run=^TestContract$", "-test.v"}, contractEnv+"="+file).CombinedOutput()
	if err != nil {
		t.Errorf("inside the lab: %v\n%s", err, out)
	}
}

func self(t *testing.T) string {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func endLab(t *testing.T, m lab.Manager, name string) {
	ctx, cancel := contextFor(time.Minute)
	defer cancel()
	if err := m.Down(ctx, name); err != nil {
		t.Error(err)
	}
}
