module github.com/sluice-flags/sluice-go

go 1.24
