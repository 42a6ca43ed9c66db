module github.com/sluice-flags/sluice-go

go 1.25.0
