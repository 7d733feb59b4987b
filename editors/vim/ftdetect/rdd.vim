autocmd BufNewFile,BufRead *.rdd setfiletype rdd
