package rig

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"vnettune/apply/rescue"
	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/matrix/domain"
	"vnettune/report/forecast"
	"vnettune/trouble"
)

// readLimit bounds the reading of a domain for a plan, which can do without.
const readLimit = 10 * time.Second

// Patches are those of a plan's variants, held against the domain where this host can read it; an error is a patch that
// the domain does not take. Nothing is changed, and no other host is asked.
func Patches(ctx context.Context, c campaign.Campaign, p matrix.Plan) ([]forecast.Patch, error) {
	if !slices.ContainsFunc(p.Variants, func(v matrix.Variant) bool { return v.XML != nil }) {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	found, unread := readDomain(ctx, c.Guest.Rescue)
	var all []forecast.Patch
	for _, v := range p.Variants {
		if v.XML == nil {
			continue
		}
		one := forecast.Patch{Variant: v.Name}
		if unread != nil {
			one.NotRead = foreign.Line(trouble.Line(unread))
			for _, e := range v.XML {
				one.Edits = append(one.Edits, foreign.Line(domain.Words(e)))
			}
			all = append(all, one)
			continue
		}
		patched, err := found.Patch(v.XML)
		if err != nil {
			return nil, trouble.Invalid(fmt.Errorf("variant %s: %w", v.Name, err))
		}
		for _, line := range domain.Diff(found, patched) {
			one.Diff = append(one.Diff, foreign.Line(line))
		}
		all = append(all, one)
	}
	return all, nil
}

// readDomain reads the definition of a domain of this host.
func readDomain(ctx context.Context, ways campaign.Rescue) (domain.Document, error) {
	if err := campaign.CheckURI(ways.URI); err != nil {
		return domain.Document{}, err
	}
	if u, err := url.Parse(ways.URI); err != nil || u.Host != "" {
		return domain.Document{}, errors.New("its libvirt is on another host, which a plan does not ask")
	}
	text, err := rescue.Libvirt{Domain: ways.Domain, URI: ways.URI}.Definition(ctx, false)
	if err != nil {
		return domain.Document{}, err
	}
	return domain.Parse(text)
}
