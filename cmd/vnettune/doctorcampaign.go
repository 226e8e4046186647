package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/goccy/go-yaml"

	"vnettune/apply/transcript"
)

// examineCampaign says which settings of the campaign the guest does not have.
func (d *doctor) examineCampaign(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	plan, err := d.campaign.Plan(generationOf(*d.facts))
	if err != nil {
		d.fail("campaign.plan", "vnettune settings and vnettune profiles list what there is", "%v", err)
		return
	}
	d.ok("campaign.plan", "%d combinations of %d settings, %s", len(plan.Arms), len(plan.Settings), boots(plan))
	lacking, err := d.guest.Lacking(ctx, *d.facts, plan.Settings)
	switch {
	case err != nil:
		d.fail("campaign.settings", "attach --record FILE to a bug report", "%v", err)
	case len(lacking) == 0:
		d.ok("campaign.settings", "the guest has all of them")
	}
	for _, l := range lacking {
		d.fail("campaign.settings", "leave "+l.ID+" out of the campaign, or bring the guest's driver or Windows to a version that has it", "%v", l.Err)
	}
	for _, n := range plan.Dropped {
		d.warn("campaign.dropped", "none needed: plan and report say it, too", "%s %s does not apply: %s", n.Profile, n.Line, n.Reason)
	}
}

// transcript writes everything asked and answered. The campaign goes with it
// without its comments and its notice command, which may say anything, and without
// what is of this machine only: where the password is, the ways back.
func (d *doctor) transcript(w io.Writer, rec *transcript.Recorder, text []byte) error {
	var file map[string]any
	if err := yaml.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("transcript: %w", err)
	}
	delete(file, "notify")
	if guest, ok := file["guest"].(map[string]any); ok && guest["lab"] == nil {
		for _, k := range []string{"password_file", "password_prompt", "rescue"} {
			delete(guest, k)
		}
		guest["password_env"] = "VNETTUNE_PASSWORD"
	}
	campaign, err := json.Marshal(file)
	if err != nil {
		return fmt.Errorf("transcript: %w", err)
	}
	return rec.Write(w, version(), campaign, d.private())
}
