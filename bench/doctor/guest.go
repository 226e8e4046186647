package doctor

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"vnettune/apply"
	"vnettune/apply/terms"
	"vnettune/bench"
	"vnettune/matrix"
	"vnettune/results/record"
)

// examineGuest looks at what the guest said of itself.
func (d *Examination) examineGuest(data netip.Addr) {
	f := *d.facts
	gen, err := apply.GenerationOf(f)
	switch want := d.campaign.Guest.Generation; {
	case err != nil:
		d.fail("guest.windows", remedy(err, "attach --record FILE to a bug report"), "%v", err)
	case want != "" && want != gen:
		d.fail("guest.windows", "set guest.generation to "+string(gen), "generation %s (build %d), the campaign is for %s", gen, f.Build, want)
	default:
		d.ok("guest.windows", "%s, build %d, generation %s, language %d, code page %s", f.Caption, f.Build, gen, f.OSLanguage, f.OEMCodePage)
	}
	if f.PSVersion == "" {
		d.notAsked("guest.powershell", terms.ErrNotAsked.Error())
	} else if strings.HasPrefix(f.PSVersion, "3.") {
		d.warn("guest.powershell", "on the guest: Get-HotFix KB2842230; install it where that finds nothing",
			"%s, which ignores WinRM's memory quotas where KB2842230 is missing", f.PSVersion)
	} else {
		d.ok("guest.powershell", "%s", f.PSVersion)
	}
	d.examineIdentity()
	if why := f.Unasked(); why != "" {
		d.warn("guest.facts", "see what keeps these back on the guest; attach --record FILE to a bug report", "could not be asked: %s", why)
	}
	d.examineAdapter(data)
	d.examinePending(f)
	d.examinePower()
}

// examineIdentity compares the machine that answers with the one that the store's guest is.
func (d *Examination) examineIdentity() {
	if d.machine == nil {
		return
	}
	adapter, _ := d.guest.AdapterUnderTest(*d.facts) // examineAdapter says why there is none
	found := record.IdentityOf(*d.facts, adapter)
	if d.live != nil { // a transcript is of the guest alone
		found.Disk = d.live.Guest.Disk
	}
	moved, err := apply.SameMachine(*d.machine, found)
	switch {
	case err != nil:
		d.fail("guest.machine", remedy(err, ""), "%v", err)
	case len(moved) > 0:
		d.warn("guest.machine", "nothing, if that is known", "it is the machine of the store, but its %s", strings.Join(moved, "; its "))
	default:
		d.ok("guest.machine", "%s, the machine of the store", found)
	}
}

func (d *Examination) examineAdapter(data netip.Addr) {
	a, err := d.guest.AdapterUnderTest(*d.facts)
	if err != nil {
		d.fail("guest.adapter", remedy(err, "give the guest a virtio-net adapter with the driver of the virtio-win image, and set guest.data to its address"), "%v", err)
		return
	}
	switch {
	case !a.Up:
		d.fail("guest.adapter", "connect it, in Windows and at the virtual machine", "%s has %s and is down", a.Name, data)
	case a.DriverVersion == "" && d.facts.PSVersion != "":
		d.warn("guest.adapter", "look into the device manager, and install the driver of the virtio-win image again", "%s has %s and is virtio, but Windows names no version of its driver", a.Name, data)
	case a.DriverVersion == "":
		d.ok("guest.adapter", "%s has %s and is virtio; its driver's version is %s", a.Name, data, terms.ErrNotAsked)
	default:
		d.ok("guest.adapter", "%s has %s and is virtio, NetKVM %s", a.Name, data, a.DriverVersion)
	}
	d.examineLink(a)
	switch {
	case a.MTU == 0 && d.facts.PSVersion != "":
		d.warn("network.guest-mtu", "on the guest: Get-NetIPInterface, and compare NlMtu with this side's", "the guest does not say it")
	case a.MTU == 0:
		d.notAsked("network.guest-mtu", terms.ErrNotAsked.Error())
	case d.mtu > 0 && a.MTU != d.mtu:
		d.warn("network.guest-mtu", "make both ends, and the bridge between them, the same", "%d bytes on the guest's side, %d on this one: large packets of one side are cut or lost", a.MTU, d.mtu)
	default:
		d.ok("network.guest-mtu", "%d bytes on the guest's side", a.MTU)
	}
	switch {
	case d.self.Is6() && d.self.IsLinkLocalUnicast():
		d.ok("guest.route", "the guest answers a link-local address over the link that it is on")
	case d.health == nil:
		d.notAsked("guest.route", d.silent)
	case d.health.Route == nil && d.health.Problems["route"] == "":
		d.notAsked("guest.route", "this Windows has no command that tells it")
	case d.health.Route == nil || d.health.Route.Index == 0:
		d.warn("guest.route", "on the guest: Find-NetRoute -RemoteIPAddress "+d.self.String(), "could not be asked: %s", d.health.Problems["route"])
	case d.health.Route.Index != a.Index:
		d.fail("guest.route", "let the guest reach this host over the adapter under test: one network for each adapter, or another host.bind",
			"the guest answers %s through interface %d, which is not the adapter under test (%d)", d.self, d.health.Route.Index, a.Index)
	default:
		d.ok("guest.route", "the guest answers this host through the adapter under test")
	}
	if d.health == nil {
		return
	}
	d.examineNetworkCategory(a)
}

// examineNetworkCategory looks at what Windows takes the network under test for.
func (d *Examination) examineNetworkCategory(a record.Adapter) {
	i := slices.IndexFunc(d.health.Networks, func(n terms.Network) bool { return n.Index == a.Index })
	switch why := d.health.Problems["networks"]; {
	case why != "":
		d.warn("guest.network", "on the guest: Get-NetConnectionProfile", "could not be asked: %s", why)
	case i < 0:
		d.ok("guest.network", "Windows lists no network at the adapter under test")
	case d.health.Networks[i].Category == nil:
		d.warn("guest.network", "on the guest: Get-NetConnectionProfile", "Windows does not say what it takes the network of the adapter under test for")
	case *d.health.Networks[i].Category == terms.NetworkPublic:
		d.warn("guest.network", "on the guest: Set-NetConnectionProfile -InterfaceIndex N -NetworkCategory Private; a firewall rule of vnettune guest-setup holds in any case",
			"Windows takes the network of the adapter under test for a public one")
	default:
		d.ok("guest.network", "not public")
	}
}

// pendingWords says what asks for a reboot.
var pendingWords = map[string]string{"cbs": "component servicing", "wu": "Windows Update", "rename": "file renames"}

func (d *Examination) examinePending(f record.Guest) {
	pending := f.Pending
	var words []string
	for _, p := range pending {
		words = append(words, pendingWords[p])
	}
	saw := "a reboot is asked for by " + strings.Join(words, ", ")
	switch {
	case f.Problems["pending"] != "" && d.campaign.Guest.AllowPending:
		d.warn("guest.pending", "see that the user may read HKLM on the guest", "could not be asked, which the campaign allows (guest.pending_updates)")
	case f.Problems["pending"] != "":
		d.fail("guest.pending", "see that the user may read HKLM on the guest; guest.pending_updates: allow runs all the same", "could not be asked: %s", f.Problems["pending"])
	case len(pending) == 0:
		d.ok("guest.pending", "nothing asks for a reboot")
	case bench.PendingUpdates(pending) != "" && d.campaign.Guest.AllowPending:
		d.warn("guest.pending", "reboot the guest until nothing asks for it", "%s, which the campaign allows (guest.pending_updates)", saw)
	case bench.PendingUpdates(pending) != "":
		d.fail("guest.pending", "reboot the guest until nothing asks for it, and pause Windows Update; guest.pending_updates: allow runs all the same", "%s: the next boots would install updates and measure that", saw)
	default:
		d.ok("guest.pending", "%s, which the first boot does", saw)
	}
}

// Power plans by their GUID, which no language changes (powercfg /list).
var fastPlans = map[string]string{
	"8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c": "high performance",
	"e9a42b02-d5df-448d-aa00-03f14749eb61": "ultimate performance",
}

func (d *Examination) examinePower() {
	const do = "on the guest: powercfg /setactive 8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c (high performance)"
	switch {
	case d.health == nil:
		d.notAsked("guest.power", d.silent)
	case d.health.Power == nil:
		d.warn("guest.power", do, "could not be asked: %s", d.health.Problems["power"])
	case fastPlans[strings.ToLower(*d.health.Power)] != "":
		d.ok("guest.power", "%s", fastPlans[strings.ToLower(*d.health.Power)])
	case *d.health.Power == "":
		d.warn("guest.power", do, "the guest names no power plan")
	default:
		d.warn("guest.power", do, "power plan %s: idle processors may sleep, which costs latency", *d.health.Power)
	}
}

// examineRights looks at what the user may do.
func (d *Examination) examineRights(ctx context.Context) {
	if d.health == nil {
		d.notAsked("rights.all", d.silent)
		return
	}
	h := d.health
	filter, taken := "take a user of the group Administrators; for a local one other than Administrator see LocalAccountTokenFilterPolicy in vnettune guest-setup", ""
	if h.Administrator != nil && !*h.Administrator {
		filter, taken = d.examineToken(ctx, filter)
	}
	for _, r := range []struct {
		id, yes, do string
		has         *bool
		problem     string
	}{
		{"rights.administrator", "the user has an administrator's rights", filter, h.Administrator, h.Problems["administrator"]},
		{"rights.registry", "the keys of settings may be written", filter, h.Registry, h.Problems["registry"]},
		{"rights.task", "a task may be registered (the dead-man switch is one)", "start the service Schedule on the guest; " + filter, h.Task, h.Problems["task"]},
	} {
		switch {
		case r.has != nil && *r.has:
			d.ok(r.id, "%s", r.yes)
		case r.problem != "":
			d.fail(r.id, r.do, "no: %s", oneLine(r.problem))
		default:
			d.fail(r.id, r.do, "no%s", taken)
		}
	}
}

// examineToken says why a logon has no administrator's rights, as far as its token and the
// guest's policy tell: what to do, and the words behind "no".
func (d *Examination) examineToken(ctx context.Context, otherwise string) (do, why string) {
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	t, err := d.guest.Token(ctx)
	switch {
	case err != nil || t.Filtered == nil:
		return otherwise, ""
	case !*t.Filtered:
		return "put the user into the guest's group Administrators, or take another", ": the user is none of the guest's administrators"
	}
	policy := "not set"
	if t.FilterPolicy != nil {
		policy = strconv.Itoa(*t.FilterPolicy)
	}
	return "take the account Administrator (on a client Windows it is disabled until somebody enables it), or a domain user who is an administrator of the guest; or run the script that vnettune guest-setup prints there with $LocalAdministrator = $true, " +
			"which sets LocalAccountTokenFilterPolicy to 1 (the script says what that risks)",
		": the user is an administrator, and Windows took the rights from the token of this remote logon (UAC; LocalAccountTokenFilterPolicy is " + policy + ")"
}

// oneLine puts a guest's words on one line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// generationOf is the guest's generation, "" when it is not known.
func generationOf(f record.Guest) matrix.Generation {
	g, err := apply.GenerationOf(f)
	if err != nil {
		return ""
	}
	return g
}
