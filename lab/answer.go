package lab

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	answerPoll = 20 * time.Millisecond
	// answerLimit ends one attempt: a guest whose network is not up yet drops packets,
	// and the kernel would try again only after a second.
	answerLimit = 500 * time.Millisecond
)

// identify asks any WS-Management server who it is. Source: DMTF DSP0226, section 11.
const identify = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" ` +
	`xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd">` +
	`<s:Header/><s:Body><i:Identify/></s:Body></s:Envelope>`

// waitForWinRM asks until the guest's WinRM gives any answer by HTTP: that it wants a
// password is one as well.
func waitForWinRM(ctx context.Context, i Info) error {
	client := &http.Client{Transport: &http.Transport{
		Proxy:             nil, // never: the address exists in this namespace only
		DisableKeepAlives: true,
		DialContext:       (&net.Dialer{Timeout: answerLimit}).DialContext,
	}}
	url := "http://" + net.JoinHostPort(i.GuestAddress, strconv.Itoa(i.HTTPPort)) + "/wsman"
	for {
		if err := ask(ctx, client, url); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for an answer: %w", ctx.Err())
		case <-time.After(answerPoll):
		}
	}
}

// agentLimit is how long the first guest agent of a lab is waited for. It begins with the
// guest, as WinRM does, and is no reason to have no lab.
const agentLimit = 10 * time.Second

// waitForAgent waits until the guest agent's socket is there; "" is a guest without one.
func waitForAgent(ctx context.Context, socket string) error {
	for until := time.Now().Add(agentLimit); socket != "" && time.Now().Before(until); {
		if _, err := os.Stat(socket); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the guest agent: %w", ctx.Err())
		case <-time.After(answerPoll):
		}
	}
	return nil
}

func ask(ctx context.Context, client *http.Client, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*answerLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(identify))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/soap+xml;charset=UTF-8")
	request.Header.Set("WSMANIDENTIFY", "unauthenticated")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}
