package bench

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/matrix/domain"
	"vnettune/results"
	"vnettune/trouble"
)

// Definable is a machine that is a domain of libvirt, which can be defined anew.
type Definable interface {
	// Defined is the domain's XML as its next start has it. A domain that cannot be put back by it is refused.
	Defined(ctx context.Context) (string, error)
	// Define gives the domain another XML, by its next start.
	Define(ctx context.Context, text string) error
	// Start starts the machine, which is off.
	Start(ctx context.Context) error
}

// Kinds of the store's events that keep a domain's XML: as it was found, before the first patch, and what somebody else
// had defined in between when it was put back. Their text is packed.
const (
	storedDomain   = "domain"
	storedReplaced = "domain_replaced"
)

// patch reads what a variant makes of the domain as it was found, which is kept before the first patch. What it
// returns puts it in place, while the machine is off.
func (v *Variants) patch(ctx context.Context, next matrix.Variant) (func(context.Context) error, error) {
	found, err := v.asFound(ctx)
	if err != nil {
		return nil, err
	}
	wanted, err := found.Patch(next.XML)
	if err != nil {
		return nil, fmt.Errorf("variant %s: %w", next.Name, err)
	}
	return func(ctx context.Context) error {
		if err := v.Machine.Define(ctx, wanted.Text()); err != nil {
			return err
		}
		is, err := v.defined(ctx)
		if err != nil {
			return err
		}
		if why := domain.Lacks(wanted, is); why != "" {
			return trouble.Hint(fmt.Errorf("libvirt took the patch of variant %s and made something else of it: %s", next.Name, foreign.Line(why)),
				"write in the patch what libvirt makes of it (virsh dumpxml --inactive)")
		}
		return v.Machine.Start(ctx)
	}, nil
}

// asFound is the domain as the campaign found it.
func (v *Variants) asFound(ctx context.Context) (domain.Document, error) {
	if v.found == "" {
		text, err := v.Machine.Defined(ctx)
		if err != nil {
			return domain.Document{}, err
		}
		found, err := domain.Parse(text)
		if err != nil {
			return found, err
		}
		packed := pack(text)
		if len(packed) > foreign.MaxMessage {
			return found, trouble.Hint(fmt.Errorf("the domain's XML has %d bytes, more than a store keeps", len(text)), "give the variants commands")
		}
		if err := v.Keep(results.Event{At: v.Clock.Now(), Kind: storedDomain, Text: packed}); err != nil {
			return found, err
		}
		v.found = text
		return found, nil
	}
	found, err := domain.Parse(v.found)
	if err != nil || v.now != "" {
		return found, err
	}
	is, err := v.defined(ctx)
	if err != nil {
		return found, err
	}
	if lines := domain.Diff(found, is); lines != nil {
		return found, trouble.Hint(fmt.Errorf("the domain's XML is no longer what this campaign found:\n%s", shown(lines)),
			"make it again what it was (virsh edit), or begin a new campaign with another store")
	}
	return found, nil
}

// unpatch makes the domain again what it was found, reads that back, and starts the machine. It is off.
func (v *Variants) unpatch(ctx context.Context) error {
	found, err := domain.Parse(v.found)
	if err != nil {
		return fmt.Errorf("the domain's XML as it was found: %w", err)
	}
	if err := v.keepOthers(ctx, found); err != nil {
		return err
	}
	if err := v.Machine.Define(ctx, v.found); err != nil {
		return err
	}
	is, err := v.defined(ctx)
	if err != nil {
		return err
	}
	if lines := domain.Diff(found, is); lines != nil {
		return fmt.Errorf("libvirt took the domain's XML as it was found and made something else of it:\n%s", shown(lines))
	}
	return v.Machine.Start(ctx)
}

// keepOthers keeps what somebody else defined, which is neither what was found nor what the variant makes of that.
func (v *Variants) keepOthers(ctx context.Context, found domain.Document) error {
	text, err := v.Machine.Defined(ctx)
	if err != nil {
		return err
	}
	is, err := domain.Parse(text)
	if err != nil {
		return err
	}
	if domain.Diff(found, is) == nil {
		return nil
	}
	for _, one := range v.Plan.Variants { // the one before, if this one was never defined
		if one.XML == nil {
			continue
		}
		if wanted, err := found.Patch(one.XML); err == nil && domain.Lacks(wanted, is) == "" {
			return nil
		}
	}
	return v.Keep(results.Event{At: v.Clock.Now(), Kind: storedReplaced, Text: pack(text)})
}

// defined is the domain as libvirt has it now.
func (v *Variants) defined(ctx context.Context) (domain.Document, error) {
	text, err := v.Machine.Defined(ctx)
	if err != nil {
		return domain.Document{}, err
	}
	return domain.Parse(text)
}

// mostShown is the most lines of a difference that an error has.
const mostShown = 20

// shown are the lines of a difference, as a message has them.
func shown(lines []string) string {
	all := make([]string, 0, mostShown+1)
	for i, line := range lines {
		if i == mostShown {
			all = append(all, fmt.Sprintf("and %d lines more", len(lines)-i))
			break
		}
		all = append(all, foreign.Line(line))
	}
	return strings.Join(all, "\n")
}

// pack is a text in a form that an event takes whole and unchanged: compressed, in letters of ASCII.
func pack(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.WriteString(z, text)
	if err := errors.Join(err, z.Close()); err != nil {
		panic(err) // it is written to memory
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// unpack is the text that pack packed.
func unpack(packed string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return "", err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(z, domain.MaxText+1))
	if err == nil && len(text) > domain.MaxText {
		err = errors.New("it is longer than any that was kept")
	}
	return string(text), err
}
