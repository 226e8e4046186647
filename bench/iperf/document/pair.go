package document

import "fmt"

// Pair is the versions of the two ends of a run. Which of UDP's figures count depends
// on both of them: docs/measuring.md has the rules, and runs of real pairs beside them.
type Pair struct {
	Client Version
	Server Version // zero when it is not known
}

// tellsOmitted says whether an end tells the other what was lost in the omitted
// seconds: since 3.14 (esnet/iperf PR 1498). An end before it adds those losses to the
// total (issue 1489).
func tellsOmitted(v Version) bool { return v.AtLeast(3, 14) }

// SpoilsOmit says whether UDP has to be run without omitted seconds: an end that is
// known is older than 3.14.
func (p Pair) SpoilsOmit() bool {
	return p.Client.Known() && !tellsOmitted(p.Client) || p.Server.Known() && !tellsOmitted(p.Server)
}

// tellsLoss says whether the document's own loss is that of the measured seconds. A
// client that receives has counted it itself. One that sends is told by the server:
// from 3.14 on it takes away the losses of omitted seconds, which an older server does
// not tell, and it then says 0, or more than 100 % (issues 1984, 2055).
func (p Pair) tellsLoss(toGuest, omit bool) bool {
	switch {
	case !toGuest:
		return true
	case tellsOmitted(p.Client):
		return tellsOmitted(p.Server)
	}
	return !omit
}

// why says why the pair's own figure of UDP's loss is wrong.
func (p Pair) why() string {
	switch {
	case !p.Client.Known():
		return "the client does not say its version, and old ones count the losses of omitted seconds"
	case !tellsOmitted(p.Client):
		return fmt.Sprintf("iperf3 %s counts the losses of omitted seconds", p.Client.Number)
	case !p.Server.Known():
		return fmt.Sprintf("iperf3 %s cannot read the losses of a server before 3.14, and the server's version is not known", p.Client.Number)
	}
	return fmt.Sprintf("iperf3 %s cannot read the losses of a server of %s", p.Client.Number, p.Server.Number)
}

// Cost is what the pair costs a measurement over UDP, in words for people; "" when it
// costs nothing.
func (p Pair) Cost() string {
	const omit = "UDP is run with omit: 0"
	host, guest := !tellsOmitted(p.Client), p.Server.Known() && !tellsOmitted(p.Server)
	switch {
	case !p.SpoilsOmit():
		return ""
	case host && guest:
		return fmt.Sprintf("iperf3 %s on this host and %s on the guest are older than 3.14 and count the UDP losses of omitted seconds: %s", p.Client.Number, p.Server.Number, omit)
	case host:
		return fmt.Sprintf("iperf3 %s on this host is older than 3.14 and counts the UDP losses of omitted seconds: %s", p.Client.Number, omit)
	}
	return fmt.Sprintf("iperf3 %s on this host cannot read the UDP losses of the guest's %s, which is older than 3.14: %s, and loss to the guest is taken from the bytes that both ends counted", p.Client.Number, p.Server.Number, omit)
}
