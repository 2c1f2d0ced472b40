from okno.config.cli import main

main()
