// Package wql reads the WHERE clauses of WMI's query language: text becomes Conditions
// (Parse), each of which judges the text of one property. It knows no class of WMI; wmi,
// which has them, asks it.
package wql
