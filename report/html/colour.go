package html

import (
	"html/template"
	"strings"

	"vnettune/report/chart"
)

// colours are those of the page, beside the charts' own: what is written, what it is written on.
var colours = []chart.Colour{
	{Variable: "--page", Light: "#ffffff", Dark: "#0d1117"},
	{Variable: "--raised", Light: "#f6f8fa", Dark: "#161b22"},
	{Variable: "--line", Light: "#d5dbe1", Dark: "#30363d"},
	{Variable: "--link", Light: "#0550ae", Dark: "#79b8ff"},
	{Variable: "--better", Light: "#0f5b28", Dark: "#6bdc83"},
	{Variable: "--better-tint", Light: "#dcf3e2", Dark: "#12301c"},
	{Variable: "--worse", Light: "#a40e26", Dark: "#ff9a94"},
	{Variable: "--worse-tint", Light: "#fde7e7", Dark: "#3d1618"},
	{Variable: "--equivalent", Light: "#0550ae", Dark: "#79b8ff"},
	{Variable: "--equivalent-tint", Light: "#e1eefc", Dark: "#12294a"},
	{Variable: "--undecided", Light: "#744a00", Dark: "#e3b341"},
	{Variable: "--undecided-tint", Light: "#fbf0d2", Dark: "#33270c"},
	{Variable: "--none", Light: "#4b5563", Dark: "#b1bac4"},
	{Variable: "--none-tint", Light: "#eceff2", Dark: "#22272e"},
}

// style is the style sheet with its colours. Paper is white, whatever the screen is.
func style() template.CSS {
	light, dark := ":root {\n", ":root {\n"
	for _, all := range [][]chart.Colour{colours, chart.Colours} {
		for _, c := range all {
			light += "\t" + c.Variable + ": " + c.Light + ";\n"
			dark += "\t" + c.Variable + ": " + c.Dark + ";\n"
		}
	}
	return template.CSS(light + "}\n@media screen and (prefers-color-scheme: dark) {\n" + dark + "}\n}\n" + strings.TrimSpace(styleCSS))
}
