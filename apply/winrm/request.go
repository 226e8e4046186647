package winrm

import (
	"github.com/google/uuid"
	"github.com/masterzen/winrm/soap"
)

// The library's requests for a shell and for a command say less than is needed here; the others
// are sent as it makes them.

// header is that of a request for a shell of cmd.exe; "" as the shell is a new one.
func (c *Client) header(m *soap.SoapMessage, action, shell string) *soap.SoapHeader {
	return m.Header().To(c.url).ReplyTo("http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous").
		MaxEnvelopeSize(c.params.EnvelopeSize).Id("uuid:" + uuid.NewString()).Locale(c.params.Locale).Timeout(c.params.Timeout).
		Action(action).ShellId(shell).ResourceURI("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd")
}

// newShell is the library's request for a shell with an idle time, which the
// library cannot ask for.
func (c *Client) newShell() *soap.SoapMessage {
	m := soap.NewMessage()
	c.header(m, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create", "").
		AddOption(soap.NewHeaderOption("WINRS_NOPROFILE", "FALSE")).
		AddOption(soap.NewHeaderOption("WINRS_CODEPAGE", "65001")).
		Build()
	shell := m.CreateBodyElement("Shell", soap.DOM_NS_WIN_SHELL)
	parts := [][2]string{{"IdleTimeOut", shellIdle}, {"InputStreams", "stdin"}, {"OutputStreams", "stdout stderr"}} // the schema's order
	if c.anyIdle {
		parts = parts[1:]
	}
	for _, e := range parts {
		m.CreateElement(shell, e[0], soap.DOM_NS_WIN_SHELL).SetContent(e[1])
	}
	return m
}

// newCommand is the library's request for a command, which always makes a console of standard
// input. A console has no end: a program that reads to it would wait for ever. With piped it is
// a pipe ([MS-WSMV] 3.1.4.11), which the last Send closes; a command is then stopped by terminate
// alone, which is what this package sends, since ctrl_c is a console's.
func (c *Client) newCommand(command string, piped bool) *soap.SoapMessage {
	console := "TRUE"
	if piped {
		console = "FALSE"
	}
	m := soap.NewMessage()
	c.header(m, "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Command", c.shell).
		AddOption(soap.NewHeaderOption("WINRS_CONSOLEMODE_STDIN", console)).
		AddOption(soap.NewHeaderOption("WINRS_SKIP_CMD_SHELL", "FALSE")).
		Build()
	line := m.CreateBodyElement("CommandLine", soap.DOM_NS_WIN_SHELL)
	m.CreateElement(line, "Command", soap.DOM_NS_WIN_SHELL).SetContent("<![CDATA[" + command + "]]>")
	return m
}

// identifyRequest asks a service what it is (DMTF DSP0226, Identify). Who has logged on is told the
// version of Windows (https://learn.microsoft.com/powershell/module/microsoft.wsman.management/test-wsman).
const identifyRequest = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsmid="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd">` +
	`<s:Header/><s:Body><wsmid:Identify/></s:Body></s:Envelope>`
