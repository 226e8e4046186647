package cmdline

import (
	"context"
	"encoding/json"
	"fmt"

	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/foreign"
	"vnettune/results/record"
)

// controlKey holds most of what facts ask the registry for.
const controlKey = `HKLM\SYSTEM\CurrentControlSet\Control`

// System asks for what Win32_OperatingSystem knows: the facts without adapters
// and registry.
func (c *Dialect) System(ctx context.Context) (record.Guest, error) { return c.talk().system(ctx) }

func (t *talk) system(ctx context.Context) (record.Guest, error) {
	all, err := t.wmic(ctx, osGet, []string{"BuildNumber", "Caption", "OSLanguage", "ProductType", "LastBootUpTime", "LocalDateTime"})
	if err != nil {
		return record.Guest{}, err
	}
	if len(all) != 1 {
		return record.Guest{}, fmt.Errorf("wmic reports %d operating systems", len(all))
	}
	f := record.Guest{Caption: foreign.Line(all[0]["Caption"])}
	for name, to := range map[string]*int{"BuildNumber": &f.Build, "OSLanguage": &f.OSLanguage, "ProductType": &f.ProductType} {
		if *to, err = all[0].number(name); err != nil {
			return record.Guest{}, err
		}
	}
	if f.BootTime, err = parseDMTF(all[0]["LastBootUpTime"]); err != nil {
		return record.Guest{}, fmt.Errorf("LastBootUpTime: %w", err)
	}
	if f.Now, err = parseDMTF(all[0]["LocalDateTime"]); err != nil {
		return record.Guest{}, fmt.Errorf("LocalDateTime: %w", err)
	}
	return f, nil
}

// Facts fills in what XP can say: no PowerShell version, no driver version, no
// adapter properties. The raw answer is the facts with everything that was said.
func (c *Dialect) Facts(ctx context.Context) (record.Guest, []byte, error) {
	t := c.talk()
	f, err := t.factsOf(ctx)
	raw, jsonErr := json.Marshal(struct {
		record.Guest
		Commands []exchange `json:"commands"`
	}{f, t.said})
	if jsonErr != nil {
		return record.Guest{}, nil, jsonErr
	}
	if err != nil {
		return f, raw, err
	}
	err = json.Unmarshal(raw, &f) // which lets the guest's words in
	return f, raw, err
}

func (t *talk) factsOf(ctx context.Context) (record.Guest, error) {
	f, err := t.system(ctx)
	if err != nil {
		return record.Guest{}, err
	}
	pending := ""
	for _, v := range []struct {
		key, name string
		to        *string
	}{
		{terms.OwnKey, "StandIn", &f.StandIn},
		{controlKey + `\Nls\CodePage`, "OEMCP", &f.OEMCodePage},
		{controlKey + `\ComputerName\ComputerName`, "ComputerName", &f.ComputerName},
		{controlKey + `\Session Manager`, "PendingFileRenameOperations", &pending},
	} {
		s, err := t.value(ctx, v.key, v.name)
		if err != nil {
			return record.Guest{}, err
		}
		*v.to = s.Data
	}
	if pending != "" {
		f.Pending = record.List[string]{"rename"}
	}
	if err := t.proven(ctx); err != nil {
		return record.Guest{}, err
	}
	who, err := t.identity(ctx)
	if err != nil {
		return record.Guest{}, err
	}
	f.MachineGUID, f.UUID = who.MachineGUID, who.UUID
	f.Adapters, err = t.adapters(ctx)
	return f, err
}

// identity is what the machine says of who it is. What it does not say in a form that is
// known stays empty.
func (t *talk) identity(ctx context.Context) (record.Identity, error) {
	const name = "MachineGuid"
	var who record.Identity
	said, err := t.try(ctx, regQuery, `HKLM\SOFTWARE\Microsoft\Cryptography`, name)
	if err != nil {
		return record.Identity{}, err
	}
	if guid, err := parseRegQuery(said, name); err == nil {
		who.MachineGUID = guid.Data
	}
	if said, err = t.try(winrm.InThisShell(ctx), productGet); err != nil {
		return record.Identity{}, err
	}
	if product, err := parseWMIC(said, []string{"UUID"}); err == nil && len(product) == 1 {
		who.UUID = product[0]["UUID"]
	}
	return who, nil
}

// try fills a template and sends it: what the guest says, "" with any exit code but 0.
func (t *talk) try(ctx context.Context, form template, values ...string) (string, error) {
	l, err := form.fill(values...)
	if err != nil {
		return "", err
	}
	e, err := t.run(ctx, l)
	if err != nil || e.Exit != 0 {
		return "", err
	}
	return e.Stdout, nil
}

// adapters joins the two classes that describe an adapter, by their Index. That is
// no interface index, and nothing here needs one.
func (t *talk) adapters(ctx context.Context) (record.List[record.Adapter], error) {
	cards, err := t.wmic(ctx, nicGet, []string{"Index", "MACAddress", "Name", "NetConnectionID", "PNPDeviceID"})
	if err != nil {
		return nil, err
	}
	configs, err := t.wmic(ctx, nicConfigGet, []string{"Index", "IPAddress", "IPEnabled", "SettingID"})
	if err != nil {
		return nil, err
	}
	byIndex := map[int]instance{}
	for _, c := range configs {
		n, err := c.number("Index")
		if err != nil {
			return nil, err
		}
		byIndex[n] = c
	}
	var adapters record.List[record.Adapter]
	for _, card := range cards {
		if card["PNPDeviceID"] == "" {
			continue
		}
		n, err := card.number("Index")
		if err != nil {
			return nil, err
		}
		a := record.Adapter{Index: n, Name: card["NetConnectionID"], Description: card["Name"], PNPID: card["PNPDeviceID"], MAC: card["MACAddress"]}
		if a.Name == "" {
			a.Name = a.Description
		}
		if config, ok := byIndex[n]; ok {
			a.GUID = config["SettingID"]
			if a.Up, err = config.boolean("IPEnabled"); err != nil {
				return nil, err
			}
			if a.Addresses, err = config.texts("IPAddress"); err != nil {
				return nil, err
			}
		}
		adapters = append(adapters, a)
	}
	return adapters, nil
}
