package doctor

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// linesOf are what a diagnosis says under an id, with the status before it.
func linesOf(d *Examination, id string) []string {
	var all []string
	for _, c := range d.Checks {
		if c.ID == id {
			all = append(all, c.Status+": "+c.Saw)
		}
	}
	return all
}

// The same campaign on three drivers: each lists its own values.
func TestDoctorAsksTheDriver(t *testing.T) {
	const lists = "the guest's driver lists all that the campaign gives it"
	for driver, want := range map[string]struct {
		properties string
		values     []string
	}{
		"0.1.185": {"ok: it declares 23 properties", []string{
			"failed: the driver, version 100.0.104.18500, does not take netkvm.NumRssQueues=32: for *NumRssQueues it lists 1 to 16",
			"failed: the driver, version 100.0.104.18500, does not take netkvm.RxCapacity=4096: for RxCapacity it lists 16, 32, 64, 128, 256, 512, 1024",
		}},
		"0.1.240": {"ok: it declares 25 properties", []string{"ok: " + lists}},
		"0.1.271": {"ok: it declares 26 properties", []string{"ok: " + lists}},
	} {
		t.Run(driver, func(t *testing.T) {
			d := replayed(t, transcriptOf(t, "driver-"+driver))
			if got := linesOf(d, "guest.driver"); !slices.Equal(got, []string{want.properties}) {
				t.Errorf("guest.driver %q", got)
			}
			if got := linesOf(d, "campaign.values"); !slices.Equal(got, want.values) {
				t.Errorf("campaign.values %q, want %q", got, want.values)
			}
		})
	}
}

// What the driver does not say is no list: the campaign's properties fail with the reason.
func TestDoctorOfADriverThatDoesNotSay(t *testing.T) {
	for name, c := range map[string]struct{ was, is, driver, settings string }{
		"an older stand-in": {`\{"guest":"script driver".*`, `{"guest":"script driver","in":{},"exit":1,"out":"","err":"stand-in: this script is none of them"}`,
			"warning: the guest does not say which values the driver of adapter", "failed: netkvm.RxCapacity: the guest did not say which properties the driver"},
		"problems": {`("script driver".*"problems":)\{\}`, `$1{"VlanID":"Zugriff verweigert"}`,
			"warning: VlanID could not be read: Zugriff verweigert", "ok: the guest has all of them"},
	} {
		t.Run(name, func(t *testing.T) {
			text := transcriptOf(t, "driver-0.1.185")
			changed := regexp.MustCompile(c.was).ReplaceAllString(text, c.is)
			if changed == text {
				t.Fatalf("the transcript has no %s", c.was)
			}
			d := replayed(t, changed)
			for id, want := range map[string]string{"guest.driver": c.driver, "campaign.settings": c.settings} {
				if got := linesOf(d, id); !strings.Contains(strings.Join(got, "\n"), want) {
					t.Errorf("%s: %q, want %q", id, got, want)
				}
			}
			if got := linesOf(d, "campaign.values"); name == "an older stand-in" && len(got) > 0 {
				t.Errorf("values of a driver that was not asked: %q", got)
			}
		})
	}
}
