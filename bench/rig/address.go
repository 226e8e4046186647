package rig

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"vnettune/apply/rescue"
	"vnettune/foreign"
	"vnettune/matrix/campaign"
	"vnettune/matrix/domain"
	"vnettune/trouble"
)

// addressed is what a domain is asked for its address.
type addressed interface {
	XML(ctx context.Context) (string, error)
	Addresses(ctx context.Context, source string) ([]rescue.Address, error)
}

// located is the campaign with the address of its guest where the file leaves that to libvirt; data says whether the one
// under test is needed.
func located(ctx context.Context, c campaign.Campaign, data bool) (campaign.Campaign, error) {
	r, ways := c.Guest.Remote, c.Guest.Rescue
	if r == nil || ways.Domain == "" || (r.Data != "" || !data) && r.Control.Host != "" {
		return c, nil
	}
	if err := checkURI(ways.URI); err != nil {
		return c, err
	}
	a, err := addressOf(ctx, rescue.Libvirt{Domain: ways.Domain, URI: ways.URI}, ways.Domain, c.Host.Bind)
	if err != nil {
		return c, err
	}
	is := *r
	if is.Data == "" {
		is.Data = a.String()
	}
	if is.Control.Host == "" {
		is.Control.Host = a.String()
	}
	c.Guest.Remote = &is
	return c, nil
}

func checkURI(uri string) error {
	if err := campaign.CheckURI(uri); err != nil {
		return trouble.Invalid(trouble.Hint(fmt.Errorf("libvirt's uri: %w", err),
			"only an earlier vnettune made stores with such an address: restore with that one if the address is right"))
	}
	return nil
}

// addressOf is the address of a domain's virtio adapter, by the first source that knows one. Among those of one source it
// must be the only one of its family: that of bind, else IPv4 before IPv6.
func addressOf(ctx context.Context, d addressed, name, bind string) (netip.Addr, error) {
	const remedy = "give guest.control and guest.data"
	text, err := d.XML(ctx)
	if err != nil {
		return netip.Addr{}, trouble.Hint(fmt.Errorf("the address of the guest: %w", err), remedy)
	}
	document, err := domain.Parse(text)
	if err != nil {
		return netip.Addr{}, err
	}
	var virtio []string
	for _, i := range document.Interfaces() {
		if strings.HasPrefix(i.Model, "virtio") {
			virtio = append(virtio, i.MAC)
		}
	}
	if len(virtio) == 0 {
		return netip.Addr{}, trouble.Hint(fmt.Errorf("the domain %s has no virtio adapter", name), "give it one (<model type='virtio'/>), or another guest.libvirt")
	}
	from, err := netip.ParseAddr(bind)
	bound := err == nil
	var said []error
	for _, source := range rescue.Sources {
		all, err := d.Addresses(ctx, source)
		if ctx.Err() != nil {
			return netip.Addr{}, context.Cause(ctx)
		}
		if err != nil {
			said = append(said, err)
			continue
		}
		var four, six []rescue.Address
		for _, a := range all {
			switch addr := a.Addr.Unmap(); {
			case !slices.Contains(virtio, a.MAC) || !addr.IsGlobalUnicast():
			case addr.Is4():
				four = append(four, a)
			default:
				six = append(six, a)
			}
		}
		fit := four
		if bound && from.Unmap().Is6() || !bound && len(four) == 0 {
			fit = six
		}
		switch len(fit) {
		case 0:
			continue
		case 1:
			return fit[0].Addr.Unmap(), nil
		}
		words := make([]string, len(fit))
		for i, a := range fit {
			words[i] = fmt.Sprintf("%s of the adapter %s", a.Addr, a.MAC)
		}
		return netip.Addr{}, trouble.Invalid(trouble.Hint(fmt.Errorf("the guest has several addresses that could be meant (%s says): %s", source, strings.Join(words, ", ")),
			"give guest.control and guest.data, which say which are"))
	}
	none := fmt.Errorf("neither the guest agent, nor libvirt's leases, nor this host's ARP table has an address of a virtio adapter of the domain %s", name)
	if err := errors.Join(said...); err != nil {
		none = fmt.Errorf("%w (%s)", none, foreign.Line(trouble.Line(err)))
	}
	return netip.Addr{}, trouble.Hint(none, "start the guest (virsh start), with the QEMU guest agent in it; or give guest.control and guest.data, for vnettune restore --control")
}
