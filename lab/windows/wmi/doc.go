// Package wmi is wmic.exe of XP, over a handful of classes.
package wmi
